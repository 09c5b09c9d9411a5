import type { Bytes } from "../../lib/bytes/brand.ts";
import { concat } from "../../lib/bytes/concat.ts";
import { type BareWebSocket, encodeFrame } from "./bare_websocket.ts";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The longest frame that native clients take, in bytes. */
const MAX_FRAME = 16 * 1024 * 1024;
/** The longest message, of several frames. */
const MAX_MESSAGE = 64 * 1024 * 1024;

/** What a websocket client sent. */
export type RawFrame =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "binary"; readonly bytes: Bytes }
  | { readonly kind: "ping"; readonly bytes: Bytes }
  | { readonly kind: "close"; readonly code: number | undefined };

/**
 * The server's side of a websocket on a bare TCP connection, so that a double can have manners that no library allows. Frames
 * are written whole and final; nothing is answered by itself.
 */
export class RawWebSocket {
  readonly #bare: BareWebSocket;
  #fragments: { opcode: number; parts: Bytes[] } | undefined;

  constructor(bare: BareWebSocket) {
    this.#bare = bare;
  }

  /** Read the request and answer 101. False if it was none. */
  async handshake(): Promise<boolean> {
    const head = await this.#bare.head() ?? "";
    const key = /^sec-websocket-key: *(\S+)\r?$/im.exec(head)?.[1];
    if (!head.startsWith("GET ") || key === undefined) return false;
    await this.#bare.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Accept: ${await accept(key)}\r\n\r\n`,
    );
    return true;
  }

  /** The next message or control frame; nothing at the end, or if the client breaks the rules. */
  async read(): Promise<RawFrame | undefined> {
    for (;;) {
      const frame = await this.#bare.frame(MAX_FRAME);
      // Frames of clients are masked; one that is not ends the connection.
      if (!frame?.masked || frame.reserved !== 0) return undefined;
      const { final, opcode, payload } = frame;
      switch (opcode) {
        case 8:
          return {
            kind: "close",
            code: payload.length < 2
              ? undefined
              : payload[0]! * 256 + payload[1]!,
          };
        case 9:
          return { kind: "ping", bytes: payload };
        case 10:
          continue;
        default: {
          this.#fragments ??= { opcode, parts: [] };
          this.#fragments.parts.push(payload);
          if (!final) continue;
          const { opcode: first, parts } = this.#fragments;
          this.#fragments = undefined;
          const bytes = concat(...parts);
          if (bytes.length > MAX_MESSAGE) return undefined;
          if (first !== 1) return { kind: "binary", bytes };
          const text = decodeText(bytes);
          return text === undefined ? undefined : { kind: "text", text };
        }
      }
    }
  }

  /** Write a whole message. */
  send(data: string | Uint8Array): Promise<void> {
    return this.#bare.write(
      encodeFrame(typeof data === "string" ? 1 : 2, data),
    );
  }

  /** Answer a ping. */
  pong(payload: Uint8Array): Promise<void> {
    return this.#bare.write(encodeFrame(10, payload));
  }

  /** Drop the connection without a word. */
  drop(): void {
    this.#bare[Symbol.dispose]();
  }
}

function decodeText(bytes: Bytes): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
  } catch {
    return undefined;
  }
}

async function accept(key: string): Promise<string> {
  const digest = await crypto.subtle.digest(
    "SHA-1",
    new TextEncoder().encode(key + GUID),
  );
  return new Uint8Array(digest).toBase64();
}
