import type { Bytes } from "../../lib/bytes/brand.ts";
import { parseRecipient, type Recipient } from "../../lib/message/recipient.ts";
import { type Dialect, hasLanes } from "../../lib/wire/native/dialect.ts";
import {
  type ErrorKind,
  NativeError,
} from "../../lib/wire/native/error_code.ts";
import {
  decodeRequest,
  encodeResponse,
  type Mode,
  modeOf,
} from "../../lib/wire/native/native.ts";
import type { ReplyHandle } from "../../lib/wire/native/reply_handle.ts";
import type { NativeRequest } from "../../lib/wire/native/request.ts";
import type { NativeResponse } from "../../lib/wire/native/response.ts";
import { ADDRESS } from "./memory_mailbox.ts";
import { BareWebSocket } from "./bare_websocket.ts";
import { RawWebSocket } from "./raw_websocket.ts";

/** Options of {@linkcode StockDouble}. */
export interface StockDoubleOptions {
  dialect: Dialect;
  /** @default ADDRESS */
  address?: Recipient;
  /** The port; 0 is any free one. @default 0 */
  port?: number;
  /** What a lane's length is at each look; the last number stays. @default [0] */
  laneLengths?: readonly number[];
  /** Take connections and never answer anything. @default false */
  silent?: boolean;
  /** Deliver what is sent to the own address. @default false */
  loop?: boolean;
  /** Hears of each request that was understood. */
  onRequest?: (request: NativeRequest) => void;
}

/**
 * A nym-client as it really behaves on its local websocket. One slot, taken when TCP connects; whoever comes second is cut
 * before a word is read; a connection that is no websocket ends the whole client. Pushes are binary until the first
 * text, messages that waited are flushed right after the handshake, closes are not answered, an answer to a tag that it does not know
 * is dropped silently, as is what was handed to a connection that died. Keys and numbers as the dialect has them.
 */
export class StockDouble implements AsyncDisposable {
  readonly port: number;
  /** Requests that were understood, in order. */
  readonly requests: NativeRequest[] = [];
  /** Frames as they came. */
  readonly frames: (string | Bytes)[] = [];
  /** Connections that were let in. */
  connections = 0;
  /** Connections that were cut because the slot was taken. */
  cut = 0;
  /** Whether something that was no websocket has stopped the client for good. */
  crashed = false;
  readonly #options: Required<StockDoubleOptions>;
  readonly #listener: Deno.TcpListener;
  readonly #accepting: Promise<void>;
  readonly #laneLooks = new Map<bigint, number>();
  #serving: Promise<void> = Promise.resolve();
  #offline: NativeResponse[] = [];
  #refusal: NativeError | undefined;
  #current: { socket: RawWebSocket; mode: Mode } | undefined;
  #busy = false;
  #listening = true;

  constructor(options: StockDoubleOptions) {
    this.#options = {
      address: parseRecipient(ADDRESS),
      port: 0,
      laneLengths: [0],
      silent: false,
      loop: false,
      onRequest: () => {},
      ...options,
    };
    this.#listener = Deno.listen({
      hostname: "127.0.0.1",
      port: this.#options.port,
    });
    this.port = this.#listener.addr.port;
    this.#accepting = this.#accept();
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Messages that wait for a program. */
  get offline(): number {
    return this.#offline.length;
  }

  /** A message arrives: pushed, or kept until a program connects. */
  async deliver(
    body: string | Uint8Array,
    handle?: ReplyHandle,
  ): Promise<void> {
    const response: NativeResponse = {
      kind: "received",
      body: typeof body === "string"
        ? new TextEncoder().encode(body)
        : new Uint8Array(body),
      handle,
    };
    if (this.#current === undefined) this.#offline.push(response);
    else await this.#push(response).catch(() => {});
  }

  /** The next message to be sent is refused. */
  refuseNext(kind: ErrorKind, detail: string): void {
    this.#refusal = new NativeError(kind, detail);
  }

  /** Push bytes that are no response at all. */
  async babble(frame: string | Uint8Array): Promise<void> {
    await this.#current?.socket.send(frame);
  }

  /** The connection to the program breaks. */
  disconnect(): void {
    this.#current?.socket.drop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.#accepting;
    await this.#serving;
  }

  #stop(): void {
    if (!this.#listening) return;
    this.#listening = false;
    this.#listener.close();
    this.#current?.socket.drop();
  }

  async #accept(): Promise<void> {
    for (;;) {
      let connection: Deno.TcpConn;
      try {
        connection = await this.#listener.accept();
      } catch {
        return;
      }
      if (this.#busy) {
        this.cut++;
        await connection.closeWrite().catch(() => {});
        connection.close();
        continue;
      }
      connection.setNoDelay();
      // Taken before the handshake.
      this.#busy = true;
      this.#serving = this.#serve(
        new RawWebSocket(new BareWebSocket(connection)),
      ).finally(() => {
        this.#busy = false;
      });
    }
  }

  async #serve(socket: RawWebSocket): Promise<void> {
    try {
      if (!await socket.handshake()) {
        this.crashed = this.#listening;
        this.#stop();
        return;
      }
      this.connections++;
      this.#current = { socket, mode: "binary" };
      for (const response of this.#offline.splice(0)) {
        await this.#push(response);
      }
      for (;;) {
        const frame = await socket.read();
        if (frame === undefined || frame.kind === "close") return;
        if (frame.kind === "ping") await socket.pong(frame.bytes);
        else {await this.#handle(
            frame.kind === "text" ? frame.text : frame.bytes,
          );}
      }
    } catch {
      // What is not written when a connection dies is lost.
    } finally {
      this.#current = undefined;
      socket.drop();
    }
  }

  async #handle(frame: string | Bytes): Promise<void> {
    const current = this.#current!;
    current.mode = modeOf(frame);
    this.frames.push(frame);
    if (this.#options.silent) return;
    const { dialect } = this.#options;
    let response: NativeResponse | undefined;
    try {
      const request = decodeRequest(frame, dialect, { strict: true });
      this.requests.push(request);
      this.#options.onRequest(request);
      response = await this.#answer(request);
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      response = { kind: "error", code: error.kind, detail: error.detail };
    }
    if (response === undefined) return;
    await current.socket.send(encodeResponse(response, dialect, modeOf(frame)));
  }

  async #answer(request: NativeRequest): Promise<NativeResponse | undefined> {
    switch (request.kind) {
      case "selfAddress":
        return { kind: "selfAddress", address: this.#options.address };
      case "closedConnection":
        return undefined;
      case "getLaneQueueLength":
        return this.#laneLength(request.lane);
      default: {
        const refusal = this.#refusal;
        this.#refusal = undefined;
        if (refusal !== undefined) throw refusal;
        if (request.kind !== "reply" && this.#options.loop) {
          await this.deliver(request.body);
        }
        return request.lane === undefined || !hasLanes(this.#options.dialect)
          ? undefined
          : this.#laneLength(request.lane);
      }
    }
  }

  #laneLength(lane: bigint): NativeResponse {
    const { laneLengths } = this.#options;
    const look = this.#laneLooks.get(lane) ?? 0;
    this.#laneLooks.set(lane, look + 1);
    const length = laneLengths[Math.min(look, laneLengths.length - 1)]!;
    return { kind: "laneQueueLength", lane, queueLength: BigInt(length) };
  }

  async #push(response: NativeResponse): Promise<void> {
    const { socket, mode } = this.#current!;
    await socket.send(encodeResponse(response, this.#options.dialect, mode));
  }
}
