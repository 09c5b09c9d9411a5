import type { Bytes } from "../../lib/bytes/brand.ts";
import { concat } from "../../lib/bytes/concat.ts";

/** A frame as it came, unmasked. */
export interface BareFrame {
  readonly final: boolean;
  /** The reserved bits, as they stand in the first byte. */
  readonly reserved: number;
  readonly masked: boolean;
  readonly opcode: number;
  readonly payload: Bytes;
}

/** A websocket on a bare TCP connection (RFC 6455), either side of it: it reads only when asked to, and answers nothing. */
export class BareWebSocket implements Disposable {
  readonly #socket: Deno.TcpConn;
  #buffer: Bytes = new Uint8Array();
  #writes: Promise<void> = Promise.resolve();

  /** Whoever has a socket. */
  constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** The head of a request or of an answer; nothing at the end, or if it cannot be one. */
  async head(): Promise<string | undefined> {
    for (;;) {
      const text = new TextDecoder("latin1").decode(this.#buffer);
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#buffer = this.#buffer.slice(end + 4);
        return text.slice(0, end);
      }
      // TLS, or anything else that is no HTTP.
      if (text.length > 0 && !/^[A-Z]/.test(text)) return undefined;
      if (!await this.#more()) return undefined;
    }
  }

  /** The next frame; nothing at the end, or if it is longer than `maxLength`. */
  async frame(maxLength = Infinity): Promise<BareFrame | undefined> {
    const start = await this.#take(2);
    if (start === undefined) return undefined;
    const [first = 0, second = 0] = start;
    const short = second & 0x7f;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    const longer = await this.#take(extra);
    if (longer === undefined) return undefined;
    const length = extra === 0
      ? short
      : longer.reduce((sum, byte) => sum * 256 + byte, 0);
    if (length > maxLength) return undefined;
    const masked = second >= 0x80;
    const mask = await this.#take(masked ? 4 : 0);
    const payload = mask && await this.#take(length);
    if (mask === undefined || payload === undefined) return undefined;
    for (let i = 0; masked && i < length; i++) payload[i]! ^= mask[i % 4]!;
    return {
      final: first >= 0x80,
      reserved: first & 0x70,
      masked,
      opcode: first & 15,
      payload,
    };
  }

  /** Write bytes as they are, after what was written before. */
  write(data: string | Uint8Array): Promise<void> {
    const written = this.#writes.then(() => this.#writeAll(bytesOf(data)));
    this.#writes = written.catch(() => {});
    return written;
  }

  /** Drop the connection without a word. */
  [Symbol.dispose](): void {
    try {
      this.#socket.close();
    } catch {
      // It was dropped before.
    }
  }

  async #writeAll(data: Uint8Array): Promise<void> {
    for (let rest = data; rest.length > 0;) {
      rest = rest.subarray(await this.#socket.write(rest));
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
      // Reset, or dropped by ourselves.
      return false;
    }
  }
}

/** How a frame is written. */
export interface FrameOptions {
  /** @default true */
  final?: boolean;
  /** With a mask of zeros. @default false */
  masked?: boolean;
  /** The reserved bits, as they stand in the first byte. @default 0 */
  reserved?: number;
  /** What the head says of the length. @default that of the payload */
  length?: number;
}

/** Write a frame. */
export function encodeFrame(
  opcode: number,
  payload: string | Uint8Array,
  options: FrameOptions = {},
): Bytes {
  const body = bytesOf(payload);
  const { final = true, masked = false, reserved = 0 } = options;
  const { length = body.length } = options;
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const head = new Uint8Array(size + (masked ? 4 : 0));
  const view = new DataView(head.buffer);
  head[0] = (final ? 0x80 : 0) | reserved | opcode;
  head[1] = (masked ? 0x80 : 0) |
    (size === 2 ? length : size === 4 ? 126 : 127);
  if (size === 4) view.setUint16(2, length);
  if (size === 10) view.setBigUint64(2, BigInt(length));
  return concat(head, body);
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}
