import type { Bytes } from "../../lib/bytes/brand.ts";
import { parseRecipient, type Recipient } from "../../lib/message/recipient.ts";
import {
  type Dialect,
  hasLanes,
  hasSingleSurbs,
} from "../../lib/wire/native/dialect.ts";
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

/** What native clients before 1.1.4 do not survive: how our own decoder says it. */
const SHORT_SURB = /InvalidEncryptionKeyData|encryption key from bytes/;

/** A task of the client has died, and nobody was told. */
class Panic extends Error {}

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
 * before a word is read; a connection that is no websocket ends the whole client, before 1.1.4 once the next one comes. Pushes
 * are binary until the first text, messages that waited are flushed right after the handshake, closes are not answered, an answer to
 * a tag that it does not know is dropped silently, as is what was handed to a connection that died. It does one thing at a time:
 * while a push is not read, or the queue to its sender is full (since 1.1.1; one message fits), it neither reads nor pushes. A
 * reply block that is too short breaks the connection of dialects a and b, whose slot is taken from then on. Keys and numbers
 * as the dialect has them.
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
  /** What it does, one thing after the other. */
  #turns: Promise<unknown> = Promise.resolve();
  /** A panic that shows when the next program connects. */
  #cracked = false;
  /** Messages in the queue to the sender, while that one is held up. */
  #queued = 0;
  #sender: PromiseWithResolvers<void> | undefined;

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

  /** Whether the slot is taken. */
  get busy(): boolean {
    return this.#busy;
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
    else await this.#inTurn(() => this.#push(response)).catch(() => {});
  }

  /** Nothing leaves for the mixnet any more, until the returned function is called. */
  holdSender(): () => void {
    const sender = this.#sender = Promise.withResolvers<void>();
    return () => {
      this.#sender = undefined;
      this.#queued = 0;
      sender.resolve();
    };
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
    this.#sender?.resolve();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(work);
    this.#turns = turn.catch(() => {});
    return turn;
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
      if (this.#cracked) {
        connection.close();
        this.crashed = true;
        return this.#stop();
      }
      connection.setNoDelay();
      // Taken before the handshake.
      this.#busy = true;
      this.#serving = this.#serve(
        new RawWebSocket(new BareWebSocket(connection)),
      ).then((slot) => {
        this.#busy = slot === "wedged";
      });
    }
  }

  async #serve(socket: RawWebSocket): Promise<"free" | "wedged"> {
    try {
      if (!await socket.handshake()) {
        if (hasSingleSurbs(this.#options.dialect)) this.#cracked = true;
        else {
          this.crashed = this.#listening;
          this.#stop();
        }
        return "free";
      }
      this.connections++;
      this.#current = { socket, mode: "binary" };
      for (const response of this.#offline.splice(0)) {
        await this.#inTurn(() => this.#push(response));
      }
      for (;;) {
        const frame = await socket.read();
        if (frame === undefined || frame.kind === "close") return "free";
        if (frame.kind === "ping") await socket.pong(frame.bytes);
        else {
          const data = frame.kind === "text" ? frame.text : frame.bytes;
          await this.#inTurn(() => this.#handle(data));
        }
      }
    } catch (error) {
      // What is not written when a connection dies is lost.
      return error instanceof Panic ? "wedged" : "free";
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
      if (SHORT_SURB.test(error.detail)) throw new Panic();
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
        await this.#queue();
        if (request.kind !== "reply" && this.#options.loop) {
          void this.deliver(request.body);
        }
        return request.lane === undefined || !hasLanes(this.#options.dialect)
          ? undefined
          : this.#laneLength(request.lane);
      }
    }
  }

  /** Hand a message to the sender; dialect a has room for any number. */
  async #queue(): Promise<void> {
    const { dialect } = this.#options;
    if (hasLanes(dialect) && this.#sender !== undefined && this.#queued > 0) {
      await this.#sender.promise;
    }
    if (this.#sender !== undefined) this.#queued++;
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
