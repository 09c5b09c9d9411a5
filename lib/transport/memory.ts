import { ConnectionError } from "../errors.ts";
import { FrameQueue } from "./frame_queue.ts";
import type {
  ConnectionEnd,
  Frame,
  FrameConnection,
  ReceiveLimits,
} from "./transport.ts";

/** Two ends of one connection in this process: what one sends, the other receives. */
export function memoryPair(
  limits: ReceiveLimits = {},
): [FrameConnection, FrameConnection] {
  const near = new MemoryConnection(limits);
  const far = new MemoryConnection(limits);
  near.join(far);
  far.join(near);
  return [near, far];
}

class MemoryConnection implements FrameConnection {
  readonly #received: FrameQueue;
  readonly #closed = Promise.withResolvers<ConnectionEnd>();
  /** Those who wait until the peer has read. */
  readonly #waiting = new Set<() => void>();
  #peer!: MemoryConnection;
  #open = true;

  constructor(limits: ReceiveLimits) {
    this.#received = new FrameQueue(limits);
  }

  join(peer: MemoryConnection): void {
    this.#peer = peer;
  }

  /** What the peer has not read yet. */
  get bufferedAmount(): number {
    return this.#peer.#received.bytes;
  }

  get frames(): AsyncIterable<Frame> {
    return this.#received.read(() => this.#peer.#wake());
  }

  get closed(): Promise<ConnectionEnd> {
    return this.#closed.promise;
  }

  send(data: string | Uint8Array): void {
    if (!this.#open) {
      throw new ConnectionError("Cannot send frame: connection is not open");
    }
    const refusal = this.#peer.#received.put(
      typeof data === "string" ? data : new Uint8Array(data),
    );
    if (refusal !== undefined) this.#endBoth({ ...refusal, clean: false });
  }

  async drained(limit: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    while (this.#open && this.bufferedAmount > limit) {
      await this.#nextRead(signal);
    }
    if (!this.#open) {
      throw new ConnectionError(
        "Cannot wait for frames to leave: connection is not open",
      );
    }
  }

  confirmed(): Promise<void> {
    return this.drained(0);
  }

  close(code = 1000, reason = ""): void {
    this.#endBoth({ code, reason, clean: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  #nextRead(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiting.delete(settle);
        reject(signal!.reason);
      };
      this.#waiting.add(settle);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const settle of waiting) settle();
  }

  #endBoth(end: ConnectionEnd): void {
    this.#end(end);
    this.#peer.#end(end);
  }

  #end(end: ConnectionEnd): void {
    if (!this.#open) return;
    this.#open = false;
    this.#received.end();
    this.#wake();
    this.#closed.resolve(end);
  }
}
