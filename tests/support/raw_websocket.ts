import type { Bytes } from "../../lib/bytes/brand.ts";
import { concat } from "../../lib/bytes/concat.ts";

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
 * The server's side of a websocket on a bare TCP connection (RFC 6455), so that a double can have manners that no library
 * allows. Frames are written whole and final; nothing is answered by itself.
 */
export class RawWebSocket {
  readonly #socket: Deno.TcpConn;
  #buffer: Bytes = new Uint8Array();
  #writes: Promise<void> = Promise.resolve();
  #fragments: { opcode: number; parts: Bytes[] } | undefined;

  constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** Read the request and answer 101. False if it was none. */
  async handshake(): Promise<boolean> {
    for (;;) {
      const text = new TextDecoder("latin1").decode(this.#buffer);
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        const key = /^sec-websocket-key: *(\S+)\r$/im.exec(text)?.[1];
        if (!text.startsWith("GET ") || key === undefined) return false;
        this.#buffer = this.#buffer.slice(end + 4);
        await this.#write(
          `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
            `Sec-WebSocket-Accept: ${await accept(key)}\r\n\r\n`,
        );
        return true;
      }
      // TLS, or anything else that is no HTTP.
      if (text.length > 0 && !/^[A-Z]/.test(text)) return false;
      if (!await this.#more()) return false;
    }
  }

  /** The next message or control frame; nothing at the end, or if the client breaks the rules. */
  async read(): Promise<RawFrame | undefined> {
    for (;;) {
      const frame = await this.#frame();
      if (frame === undefined) return undefined;
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
  async send(data: string | Uint8Array): Promise<void> {
    const payload = typeof data === "string"
      ? new TextEncoder().encode(data)
      : data;
    await this.#write(
      concat(head(typeof data === "string" ? 1 : 2, payload.length), payload),
    );
  }

  /** Answer a ping. */
  async pong(payload: Uint8Array): Promise<void> {
    await this.#write(concat(head(10, payload.length), payload));
  }

  /** Drop the connection without a word. */
  drop(): void {
    try {
      this.#socket.close();
    } catch {
      // It was dropped before.
    }
  }

  async #frame(): Promise<
    { final: boolean; opcode: number; payload: Bytes } | undefined
  > {
    const start = await this.#take(2);
    if (start === undefined) return undefined;
    const [first, second] = start as unknown as [number, number];
    // Frames of clients are masked; one that is not ends the connection.
    if ((second & 0x80) === 0 || (first & 0x70) !== 0) return undefined;
    const short = second & 0x7f;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    const longer = await this.#take(extra);
    if (longer === undefined) return undefined;
    const length = extra === 0
      ? short
      : longer.reduce((sum, byte) => sum * 256 + byte, 0);
    if (length > MAX_FRAME) return undefined;
    const mask = await this.#take(4);
    const payload = mask && await this.#take(length);
    if (mask === undefined || payload === undefined) return undefined;
    for (let i = 0; i < payload.length; i++) payload[i]! ^= mask[i % 4]!;
    return { final: first >= 0x80, opcode: first & 15, payload };
  }

  async #take(length: number): Promise<Bytes | undefined> {
    while (this.#buffer.length < length) {
      if (!await this.#more()) return undefined;
    }
    const taken = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    return taken;
  }

  async #more(): Promise<boolean> {
    const chunk = new Uint8Array(64 * 1024);
    try {
      const length = await this.#socket.read(chunk);
      if (length === null) return false;
      this.#buffer = concat(this.#buffer, chunk.subarray(0, length));
      return true;
    } catch {
      // Reset, or dropped by ourselves.
      return false;
    }
  }

  #write(data: string | Uint8Array): Promise<void> {
    const written = this.#writes.then(() => this.#writeAll(data));
    this.#writes = written.catch(() => {});
    return written;
  }

  async #writeAll(data: string | Uint8Array): Promise<void> {
    let rest = typeof data === "string" ? new TextEncoder().encode(data) : data;
    while (rest.length > 0) {
      rest = rest.subarray(await this.#socket.write(rest));
    }
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

function head(opcode: number, length: number): Bytes {
  if (length < 126) return new Uint8Array([0x80 | opcode, length]);
  const bytes = new Uint8Array(length < 65_536 ? 4 : 10);
  bytes.set([0x80 | opcode, length < 65_536 ? 126 : 127]);
  const view = new DataView(bytes.buffer);
  if (length < 65_536) view.setUint16(2, length);
  else view.setBigUint64(2, BigInt(length));
  return bytes;
}

async function accept(key: string): Promise<string> {
  const digest = await crypto.subtle.digest(
    "SHA-1",
    new TextEncoder().encode(key + GUID),
  );
  return new Uint8Array(digest).toBase64();
}
