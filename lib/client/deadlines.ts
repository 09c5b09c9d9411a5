import type { Clock } from "../async/clock.ts";

interface Entry<K> {
  readonly key: K;
  readonly at: number;
}

/**
 * Many deadlines, one timer. Setting a key again replaces its deadline. Old deadlines stay in the heap until they come up
 * and are then passed over, so setting and deleting cost next to nothing.
 */
export class Deadlines<K> {
  readonly #clock: Clock;
  readonly #heap: Entry<K>[] = [];
  readonly #current = new Map<K, Entry<K>>();
  #wake: () => void = () => {};

  /** No deadlines at first. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many keys have a deadline. */
  get size(): number {
    return this.#current.size;
  }

  /** Give `key` the deadline `at`, in milliseconds of the clock. */
  set(key: K, at: number): void {
    const entry = { key, at };
    this.#current.set(key, entry);
    push(this.#heap, entry);
    if (this.#heap[0] === entry) this.#wake();
  }

  /** Take a key's deadline away. */
  delete(key: K): void {
    this.#current.delete(key);
  }

  /** Call `onExpired` with each key whose deadline has come, until the signal is aborted; then returns. */
  async run(onExpired: (key: K) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (let key = this.#due(); key !== undefined; key = this.#due()) {
        onExpired(key);
      }
      await this.#earlierOrNext(signal);
    }
  }

  /** Take the key of a deadline that has come. */
  #due(): K | undefined {
    const now = this.#clock.now();
    for (
      let first = this.#heap[0];
      first !== undefined;
      first = this.#heap[0]
    ) {
      const valid = this.#current.get(first.key) === first;
      if (valid && first.at > now) return undefined;
      pop(this.#heap);
      if (!valid) continue;
      this.#current.delete(first.key);
      return first.key;
    }
    return undefined;
  }

  /** Wait for the first deadline, for one that is set before it, or for the end. */
  async #earlierOrNext(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = () => woken.abort();
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    try {
      // The wait ends by rejecting when it is woken: that is the signal's reason and no failure.
      await this.#clock.until(this.#heap[0]?.at ?? Infinity, woken.signal)
        .catch(() => {});
    } finally {
      signal.removeEventListener("abort", wake);
      this.#wake = () => {};
    }
  }
}

function push<K>(heap: Entry<K>[], entry: Entry<K>): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (heap[parent]!.at <= entry.at) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = entry;
}

function pop<K>(heap: Entry<K>[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) {
      child++;
    }
    if (heap[child]!.at >= last.at) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
}
