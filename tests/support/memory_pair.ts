import { AsyncQueue } from "../../lib/async/queue.ts";
import { Waiters } from "../../lib/async/waiters.ts";
import { ConnectionError } from "../../lib/errors.ts";
import type {
  ConnectionEnd,
  Frame,
  FrameConnection,
} from "../../lib/transport/transport.ts";

/** Two ends of one connection in this process: what one sends, the other receives. */
export function memoryPair(): [FrameConnection, FrameConnection] {
  const near = new MemoryConnection();
  const far = new MemoryConnection();
  near.join(far);
  far.join(near);
  return [near, far];
}

class MemoryConnection implements FrameConnection {
  readonly #received = new AsyncQueue<Frame>({ capacity: 16_384 });
  readonly #closed = Promise.withResolvers<ConnectionEnd>();
  /** Those who wait until the peer has read. */
  readonly #waiters = new Waiters();
  #peer!: MemoryConnection;
  #unread = 0;

  join(peer: MemoryConnection): void {
    this.#peer = peer;
  }

  /** What the peer has not read yet. */
  get bufferedAmount(): number {
    return this.#peer.#unread;
  }

  get frames(): AsyncIterable<Frame> {
    return this.#read();
  }

  get closed(): Promise<ConnectionEnd> {
    return this.#closed.promise;
  }

  send(data: string | Uint8Array): void {
    const frame = typeof data === "string" ? data : new Uint8Array(data);
    if (!this.#peer.#received.offer(frame)) throw notOpen();
    this.#peer.#unread += frame.length;
  }

  async drained(limit: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    while (!this.#received.closed && this.bufferedAmount > limit) {
      await this.#waiters.change(signal);
    }
    if (this.#received.closed) throw notOpen();
  }

  confirmed(): Promise<void> {
    return this.drained(0);
  }

  close(code = 1000, reason = ""): void {
    for (const side of [this, this.#peer]) {
      side.#received.close();
      side.#waiters.wake();
      side.#closed.resolve({ code, reason, clean: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  async *#read(): AsyncGenerator<Frame, void> {
    for await (const frame of this.#received) {
      this.#unread -= frame.length;
      this.#peer.#waiters.wake();
      yield frame;
    }
  }
}

function notOpen(): ConnectionError {
  return new ConnectionError("Cannot use connection: it is not open");
}
