import type { Bytes } from "../../lib/bytes/brand.ts";
import { concat } from "../../lib/bytes/concat.ts";

/** A frame as it came. */
export interface ServerFrame {
  readonly final: boolean;
  /** Whether reserved bits or a mask are set, which servers must not do. */
  readonly strange: boolean;
  readonly opcode: number;
  readonly payload: Bytes;
}

/** How a frame is written. */
export interface RawFrameOptions {
  /** @default true */
  final?: boolean;
  /** @default true */
  masked?: boolean;
  /** The reserved bits, as they stand in the first byte. @default 0 */
  reserved?: number;
  /** What the head says of the length. @default that of the payload */
  length?: number;
}

/**
 * The client's side of a websocket on a bare TCP connection (RFC 6455), for frames and manners that no library allows. Reads
 * only when it is asked to.
 */
export class RawProgram implements Disposable {
  readonly #socket: Deno.TcpConn;
  #buffer: Bytes = new Uint8Array();
  /** The answer to the request for the upgrade. */
  head = "";

  /** Whoever has a socket. */
  constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** Connect and ask for the upgrade. */
  static async connect(
    port: number,
    { path = "/", headers = "" } = {},
  ): Promise<RawProgram> {
    const program = new RawProgram(
      await Deno.connect({ hostname: "127.0.0.1", port }),
    );
    await program.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${headers}\r\n`,
    );
    for (;;) {
      const text = new TextDecoder("latin1").decode(program.#buffer);
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        program.head = text.slice(0, end);
        program.#buffer = program.#buffer.slice(end + 4);
        return program;
      }
      if (!await program.#more()) throw new Error(`No answer: ${text}`);
    }
  }

  /** Write bytes as they are. */
  async write(data: string | Uint8Array): Promise<void> {
    let rest = typeof data === "string" ? new TextEncoder().encode(data) : data;
    while (rest.length > 0) {
      rest = rest.subarray(await this.#socket.write(rest));
    }
  }

  /** Write a frame. The mask is of zeros. */
  async send(
    opcode: number,
    payload: string | Uint8Array,
    options: RawFrameOptions = {},
  ): Promise<void> {
    const body = typeof payload === "string"
      ? new TextEncoder().encode(payload)
      : payload;
    const { final = true, masked = true, reserved = 0 } = options;
    const { length = body.length } = options;
    const short = length < 126;
    const head = new Uint8Array((short ? 2 : 10) + (masked ? 4 : 0));
    head[0] = (final ? 0x80 : 0) | reserved | opcode;
    head[1] = (masked ? 0x80 : 0) | (short ? length : 127);
    if (!short) new DataView(head.buffer).setBigUint64(2, BigInt(length));
    await this.write(concat(head, body));
  }

  /** The next frame; nothing at the end of the connection. */
  async next(): Promise<ServerFrame | undefined> {
    const start = await this.#take(2);
    if (start === undefined) return undefined;
    const [first = 0, second = 0] = start;
    const short = second & 0x7f;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    const longer = await this.#take(extra);
    const length = extra === 0
      ? short
      : longer?.reduce((sum, byte) => sum * 256 + byte, 0) ?? 0;
    const payload = await this.#take(length);
    return payload && {
      final: first >= 0x80,
      strange: (first & 0x70) !== 0 || second >= 0x80,
      opcode: first & 15,
      payload,
    };
  }

  /** The next frame as text. */
  async text(): Promise<string> {
    const frame = await this.next();
    if (frame === undefined) throw new Error("The connection ended");
    return new TextDecoder().decode(frame.payload);
  }

  /** The code of the server's goodbye, after whatever else it says; nothing if it has none. */
  async goodbye(): Promise<number | undefined> {
    for (;;) {
      const frame = await this.next();
      if (frame === undefined) return undefined;
      const [high, low] = frame.payload;
      if (frame.opcode === 8) return high! * 256 + low!;
    }
  }

  /** Drop the connection without a word. */
  [Symbol.dispose](): void {
    try {
      this.#socket.close();
    } catch {
      // It was dropped before.
    }
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
      // Reset.
      return false;
    }
  }
}
