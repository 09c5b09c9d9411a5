import { Waiters } from "./waiters.ts";

/** What a full queue does with one more item. */
export type OverflowPolicy =
  /** {@linkcode AsyncQueue.push} waits until there is room; {@linkcode AsyncQueue.offer} refuses. */
  | "wait"
  /** The new item is dropped and counted. */
  | "drop-newest"
  /** The oldest item is dropped and counted. */
  | "drop-oldest";

/** Options of {@linkcode AsyncQueue}. */
export interface AsyncQueueOptions {
  /** How many items it holds. */
  capacity: number;
  /** What happens when it is full. @default "wait" */
  policy?: OverflowPolicy;
}

/** A bounded first-in, first-out queue between tasks. Iterating takes items out; it ends when the queue was closed and is empty. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #policy: OverflowPolicy;
  readonly #items: T[] = [];
  readonly #takers = new Waiters();
  readonly #pushers = new Waiters();
  #dropped = 0;
  #closed = false;
  #failure: { reason: unknown } | undefined;

  /** Make an empty queue. */
  constructor({ capacity, policy = "wait" }: AsyncQueueOptions) {
    this.#capacity = capacity;
    this.#policy = policy;
  }

  /** Items waiting. */
  get size(): number {
    return this.#items.length;
  }

  /** Items lost to the policy so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether {@linkcode close} or {@linkcode fail} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Put an item in without waiting. Returns whether it is in the queue now. */
  offer(item: T): boolean {
    if (this.#closed) return false;
    if (this.#items.length >= this.#capacity) {
      if (this.#policy === "wait") return false;
      this.#dropped++;
      if (this.#policy === "drop-newest") return false;
      this.#items.shift();
    }
    this.#items.push(item);
    this.#takers.wakeOne();
    return true;
  }

  /**
   * Put an item in, waiting for room where the policy says so. Returns whether it is in the queue now: false once it was
   * closed, or when the policy dropped it.
   */
  async push(item: T, signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    while (
      this.#policy === "wait" && !this.#closed &&
      this.#items.length >= this.#capacity
    ) {
      await this.#pushers.change(signal);
    }
    return this.offer(item);
  }

  /** Take the oldest item if there is one. */
  poll(): T | undefined {
    const item = this.#items.shift();
    if (item !== undefined) this.#pushers.wakeOne();
    return item;
  }

  /** Take the oldest item, waiting for one. Returns `undefined` once the queue was closed and is empty. */
  async take(signal?: AbortSignal): Promise<T | undefined> {
    signal?.throwIfAborted();
    for (;;) {
      if (this.#items.length > 0) return this.poll();
      if (this.#failure) throw this.#failure.reason;
      if (this.#closed) return undefined;
      await this.#takers.change(signal);
    }
  }

  /** Accept nothing more; what is inside can still be taken. */
  close(): void {
    this.#closed = true;
    this.#takers.wake();
    this.#pushers.wake();
  }

  /** Close, and let takers fail with `reason` once what is inside was taken. */
  fail(reason: unknown): void {
    if (this.#closed) return;
    this.#failure = { reason };
    this.close();
  }

  /** Take items until the queue was closed and is empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (
      let item = await this.take();
      item !== undefined;
      item = await this.take()
    ) yield item;
  }
}
