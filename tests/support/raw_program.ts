import {
  type BareFrame,
  BareWebSocket,
  encodeFrame,
  type FrameOptions,
} from "./bare_websocket.ts";

/** The client's side of a websocket, for frames and manners that no library allows. Reads only when it is asked to. */
export class RawProgram implements Disposable {
  readonly #bare: BareWebSocket;
  /** The answer to the request for the upgrade. */
  head = "";

  /** Whoever has a socket. */
  constructor(socket: Deno.TcpConn) {
    this.#bare = new BareWebSocket(socket);
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
    const head = await program.#bare.head();
    if (head === undefined) throw new Error("No answer to the request");
    program.head = head;
    return program;
  }

  /** Write bytes as they are. */
  write(data: string | Uint8Array): Promise<void> {
    return this.#bare.write(data);
  }

  /** Write a frame, with a mask unless told otherwise. */
  async send(
    opcode: number,
    payload: string | Uint8Array,
    options: FrameOptions = {},
  ): Promise<void> {
    await this.write(
      encodeFrame(opcode, payload, { masked: true, ...options }),
    );
  }

  /** The next frame; nothing at the end of the connection. */
  next(): Promise<BareFrame | undefined> {
    return this.#bare.frame();
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
    this.#bare[Symbol.dispose]();
  }
}
