import { WebSocket } from "ws";
import { AsyncQueue } from "../async/queue.ts";
import { Waiters } from "../async/waiters.ts";
import type { Bytes } from "../bytes/brand.ts";
import { ConnectionError } from "../errors.ts";
import type { ConnectionEnd, Frame, FrameConnection } from "./transport.ts";

/** How long the peer may take to answer our goodbye before we stop waiting for it, in milliseconds. */
const CLOSE_GRACE = 2000;
/** The longest reason that fits into a close frame, in bytes (RFC 6455 §5.5). */
const MAX_REASON = 123;
/** While more waits for our reader than this, nothing is read from the network. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** The same, counted in frames. */
const MAX_WAITING_FRAMES = 1024;
/** Longer messages are cut into frames of this size where peers limit frames. */
const MAX_FRAME = 8 * 1024 * 1024;

/** Options of {@linkcode WsConnection}. */
export interface WsConnectionOptions {
  /** Cut long messages into several frames: a client's right, while servers are known for single ones. @default false */
  fragment?: boolean | undefined;
  /**
   * Answer a ping once everything before it was read and the reader has asked for more, so that the answer says that it was
   * dealt with. Who makes the socket turns its own answers off. @default false, they are answered as they arrive
   */
  answerPings?: boolean | undefined;
}

/** A ping among the frames that wait for the reader. */
class Ping {
  readonly data: Uint8Array;

  constructor(data: Uint8Array) {
    this.data = data;
  }
}

/**
 * A {@linkcode FrameConnection} that holds back its peer: while our reader is behind, nothing is read from the network, so
 * no frame is ever lost to a full queue; and each frame tells when it was written. What arrives after {@linkcode close}
 * is still delivered.
 */
export class WsConnection implements FrameConnection {
  readonly #socket: WebSocket;
  readonly #fragment: boolean;
  readonly #received = new AsyncQueue<Frame | Ping>({ capacity: Infinity });
  readonly #closed = Promise.withResolvers<ConnectionEnd>();
  /** Writes under way, to be failed when the connection ends without them. */
  readonly #writes = new Set<(error: ConnectionError) => void>();
  readonly #waiters = new Waiters();
  /** Wakes those who wait for an answer to a ping. */
  readonly #answers = new Waiters();
  #pings = 0;
  #answered = 0;
  #waitingBytes = 0;
  /** Whether an answer to a ping waits to leave. */
  #ponging = false;
  /** The last ping that came meanwhile. */
  #unanswered: Ping | undefined;
  #paused = false;
  #ended = false;
  #goodbye: ConnectionEnd | undefined;
  #failure = "";
  #refusedWith: number | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;

  /** Wrap an open socket that has not delivered anything yet. */
  constructor(socket: WebSocket, options: WsConnectionOptions = {}) {
    this.#socket = socket;
    this.#fragment = options.fragment ?? false;
    socket.binaryType = "arraybuffer";
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    if (options.answerPings) {
      socket.on("ping", (data) => this.#queue(new Ping(data)));
    }
    socket.on("pong", (data) => this.#hearPong(data));
    socket.on("error", (error: Error & { code?: string }) => {
      this.#failure = error.message;
      this.#refusedWith = refusal(error.code);
      this.#limitGoodbye();
    });
    socket.on("close", (code, reason) => this.#end(code, reason));
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  get frames(): AsyncIterable<Frame> {
    return this.#read();
  }

  get closed(): Promise<ConnectionEnd> {
    return this.#closed.promise;
  }

  send(data: string | Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) throw notOpen();
    // A failed write is the end of the connection, which is told there.
    this.write(data).catch(() => {});
  }

  /**
   * Send a frame and wait until it was written to the network.
   *
   * @throws {ConnectionError} If the connection ends first: the frame may be lost.
   */
  write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) throw notOpen();
      this.#writes.add(reject);
      this.#send(data, (error) => {
        this.#writes.delete(reject);
        if (error) reject(notOpen(error));
        else resolve();
        this.#waiters.wake();
      });
    });
  }

  async drained(limit: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    while (
      this.#socket.readyState === WebSocket.OPEN && this.bufferedAmount > limit
    ) await this.#waiters.change(signal);
    if (this.#socket.readyState !== WebSocket.OPEN) throw notOpen();
  }

  async confirmed(): Promise<void> {
    const number = ++this.#pings;
    if (this.#socket.readyState !== WebSocket.OPEN) throw notOpen();
    this.#socket.ping(String(number));
    while (this.#answered < number) {
      await this.#answers.change();
      if (this.#answered < number && this.#ended) throw notOpen();
    }
  }

  close(code = 1000, reason = ""): void {
    if (this.#goodbye !== undefined) return;
    this.#goodbye = { code, reason, clean: true };
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#limitGoodbye();
    this.#socket.close(code, reason.slice(0, MAX_REASON));
  }

  /** Cut the connection without a goodbye. */
  terminate(reason: string): void {
    this.#goodbye ??= { code: 1006, reason, clean: false };
    this.#socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    this.#discard();
    await this.closed;
  }

  /** A peer that says nothing more must not be waited for, nor one whose goodbye we do not read because it is behind. */
  #limitGoodbye(): void {
    this.#grace ??= setTimeout(() => this.#socket.terminate(), CLOSE_GRACE);
  }

  #send(data: string | Uint8Array, written: (error?: Error | null) => void) {
    const binary = typeof data !== "string";
    if (!binary || !this.#fragment || data.length <= MAX_FRAME) {
      this.#socket.send(data, { binary }, written);
      return;
    }
    let start = 0;
    for (; start + MAX_FRAME < data.length; start += MAX_FRAME) {
      const piece = data.subarray(start, start + MAX_FRAME);
      this.#socket.send(piece, { binary, fin: false });
    }
    this.#socket.send(data.subarray(start), { binary, fin: true }, written);
  }

  #receive(data: ArrayBuffer | Uint8Array, isBinary: boolean): void {
    const frame = isBinary
      // The cast is what binaryType promises for binary frames.
      ? new Uint8Array(data as ArrayBuffer) as Bytes
      : new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
    this.#waitingBytes += frame.length;
    this.#queue(frame);
  }

  #queue(arrived: Frame | Ping): void {
    this.#received.offer(arrived);
    if (!this.#paused && this.#behind()) {
      this.#paused = true;
      this.#socket.pause();
    }
  }

  /** An answer counts for all pings before it too. */
  #hearPong(data: Uint8Array): void {
    const number = Number(new TextDecoder().decode(data));
    if (number > this.#answered && number <= this.#pings) {
      this.#answered = number;
      this.#answers.wake();
    }
  }

  async *#read(): AsyncGenerator<Frame, void> {
    for (;;) {
      const next = await this.#received.take();
      if (next === undefined) return;
      if (!(next instanceof Ping)) this.#waitingBytes -= next.length;
      if (this.#paused && !this.#behind()) this.#resume();
      if (next instanceof Ping) this.#pong(next);
      else yield next;
    }
  }

  /** One answer at a time, and then to the last ping alone (RFC 6455 §5.5.3): a peer that does not read piles up nothing. */
  #pong(ping: Ping): void {
    if (this.#ponging) {
      this.#unanswered = ping;
      return;
    }
    this.#ponging = true;
    this.#socket.pong(ping.data, undefined, () => {
      this.#ponging = false;
      const last = this.#unanswered;
      this.#unanswered = undefined;
      if (last !== undefined) this.#pong(last);
    });
  }

  #behind(): boolean {
    return this.#waitingBytes > MAX_WAITING_BYTES ||
      this.#received.size > MAX_WAITING_FRAMES;
  }

  #resume(): void {
    this.#paused = false;
    this.#socket.resume();
  }

  /** Nobody will read: let the peer's goodbye through. */
  #discard(): void {
    this.#received.close();
    if (this.#paused) this.#resume();
  }

  #end(code: number, reason: Uint8Array): void {
    this.#ended = true;
    clearTimeout(this.#grace);
    const heard = new TextDecoder().decode(reason) || this.#failure;
    const end = this.#goodbye ?? {
      code: this.#refusedWith ?? code,
      reason: heard,
      clean: code !== 1006 && this.#failure === "",
    };
    this.#received.close();
    for (const fail of this.#writes) fail(notOpen());
    this.#writes.clear();
    this.#waiters.wake();
    this.#answers.wake();
    this.#closed.resolve(
      code === 1006 && end.clean ? { ...end, clean: false } : end,
    );
  }
}

function notOpen(cause?: unknown): ConnectionError {
  return new ConnectionError("Cannot send frame: connection is not open", {
    cause,
  });
}

/** The code that we close with when the library refuses what the peer sent: 1009 a message too long, 1002 a frame that is none. */
function refusal(error: string | undefined): number | undefined {
  if (error === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return 1009;
  return error?.startsWith("WS_ERR_") ? 1002 : undefined;
}
