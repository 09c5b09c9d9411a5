import type { Bytes } from "../bytes/brand.ts";
import { sleep, systemClock } from "../async/clock.ts";
import { ConnectionError } from "../errors.ts";
import { FrameQueue } from "./frame_queue.ts";
import type {
  ConnectionEnd,
  Frame,
  FrameConnection,
  ReceiveLimits,
} from "./transport.ts";

/** How long the peer may take to answer our goodbye before we stop waiting for it, in milliseconds. */
const CLOSE_GRACE = 1000;
/** Reasons longer than this do not fit into a close frame (RFC 6455 §5.5). */
const MAX_REASON = 123;
/** How often {@linkcode WebSocketConnection.drained} looks, in milliseconds: there is no event for it. */
const DRAIN_POLL = 2;

/** A {@linkcode FrameConnection} over either end of a WebSocket. */
export class WebSocketConnection implements FrameConnection {
  readonly #socket: WebSocket;
  readonly #received: FrameQueue;
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<ConnectionEnd>();
  readonly #ended = new AbortController();
  #failure = "";
  #goodbye: ConnectionEnd | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;

  /** Wrap a socket that has not delivered anything yet. */
  constructor(socket: WebSocket, limits: ReceiveLimits = {}) {
    this.#socket = socket;
    this.#received = new FrameQueue(limits);
    // Whoever does not wait for the opening sees its failure as the end of the connection.
    this.#opened.promise.catch(() => {});
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened.resolve();
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onerror = (event) => this.#failure = describe(event);
    socket.onclose = ({ code, reason, wasClean }) =>
      this.#end(
        this.#goodbye ?? {
          // The runtime says 0 where no close frame came.
          code: code === 0 ? 1006 : code,
          reason: reason || this.#failure,
          clean: wasClean && this.#failure === "",
        },
      );
  }

  /**
   * Resolves when frames can be sent.
   *
   * @throws {ConnectionError} If the connection ends before it opened.
   */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  get frames(): AsyncIterable<Frame> {
    return this.#received.read();
  }

  get closed(): Promise<ConnectionEnd> {
    return this.#closed.promise;
  }

  send(data: string | Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      throw new ConnectionError("Cannot send frame: connection is not open");
    }
    // The cast says that the bytes are not shared memory, which no caller has.
    this.#socket.send(data as string | Bytes);
  }

  async drained(limit: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const either = signal === undefined
      ? this.#ended.signal
      : AbortSignal.any([signal, this.#ended.signal]);
    while (this.bufferedAmount > limit) {
      await sleep(systemClock, DRAIN_POLL, either);
    }
    if (this.#socket.readyState !== WebSocket.OPEN) {
      throw new ConnectionError(
        "Cannot wait for frames to leave: connection is not open",
      );
    }
  }

  close(code = 1000, reason = ""): void {
    this.#leave({ code, reason, clean: true }, code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  #receive(data: string | ArrayBuffer): void {
    if (this.#goodbye !== undefined) return;
    const frame = typeof data === "string" ? data : new Uint8Array(data);
    const refusal = this.#received.put(frame);
    if (refusal === undefined) return;
    // 1008 and 1009 are not for scripts to send (RFC 6455 §7.4.2): the peer is told 4008 and 4009.
    this.#leave({ ...refusal, clean: false }, refusal.code + 3000);
  }

  /** Start to say goodbye; `end` is what it will have been, unless the peer never answers. */
  #leave(end: ConnectionEnd, code: number): void {
    if (this.#goodbye !== undefined || this.#ended.signal.aborted) return;
    this.#goodbye = end;
    this.#received.end();
    this.#grace = setTimeout(
      () => this.#end({ ...end, clean: false }),
      CLOSE_GRACE,
    );
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.close();
    else this.#socket.close(code, end.reason.slice(0, MAX_REASON));
  }

  #end(end: ConnectionEnd): void {
    clearTimeout(this.#grace);
    if (this.#ended.signal.aborted) return;
    this.#received.end();
    const error = new ConnectionError(
      `Cannot use connection: ended with code ${end.code}${
        end.reason === "" ? "" : `, ${end.reason}`
      }`,
    );
    this.#opened.reject(error);
    this.#ended.abort(error);
    this.#closed.resolve(end);
  }
}

function describe(event: Event): string {
  return event instanceof ErrorEvent && event.message !== ""
    ? event.message
    : "connection broke";
}
