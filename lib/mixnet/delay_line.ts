import type { Clock } from "../async/clock.ts";

/** Options of {@linkcode DelayLine}. */
export interface DelayLineOptions<T> {
  /** Whose time it is. */
  clock: Clock;
  /** How many items may wait; more are refused. @default 20_000 */
  capacity?: number;
  /** Gets each item when its time has come, in the order of their times. */
  onDue: (item: T) => void;
}

interface Waiting<T> {
  readonly deadline: number;
  readonly order: number;
  readonly item: T;
}

/** Items waiting for their own absolute deadlines: a binary heap and one timer. */
export class DelayLine<T> {
  readonly #clock: Clock;
  /** Taken off beforehand, so that delays are right on average. */
  readonly #lateness: number;
  readonly #capacity: number;
  readonly #onDue: (item: T) => void;
  readonly #heap: Waiting<T>[] = [];
  #added = 0;
  #timer: AbortController | undefined;
  #closed = false;

  /** Start empty. */
  constructor({ clock, capacity = 20_000, onDue }: DelayLineOptions<T>) {
    this.#clock = clock;
    this.#lateness = clock.lateness ?? 0;
    this.#capacity = capacity;
    this.#onDue = onDue;
  }

  /** How many items wait. */
  get size(): number {
    return this.#heap.length;
  }

  /** Let an item wait until `deadline`; one whose time has come goes on at once. Returns false if there is no room. */
  add(item: T, deadline: number): boolean {
    if (this.#closed || this.#heap.length >= this.#capacity) return false;
    if (this.#isDue(deadline) && this.#heap.length === 0) {
      this.#onDue(item);
      return true;
    }
    this.#push({ deadline, order: this.#added++, item });
    if (this.#heap[0]!.item === item) this.#arm();
    return true;
  }

  /** Stop; what still waits is given back. */
  close(): T[] {
    this.#closed = true;
    this.#timer?.abort();
    return this.#heap.splice(0).map(({ item }) => item);
  }

  #isDue(deadline: number): boolean {
    return deadline - this.#lateness <= this.#clock.now();
  }

  /** Wait for the first item instead of for whatever was first before. */
  #arm(): void {
    this.#timer?.abort();
    const timer = new AbortController();
    this.#timer = timer;
    const { deadline } = this.#heap[0]!;
    this.#clock.until(deadline - this.#lateness, timer.signal).then(
      () => this.#release(timer),
      // The only rejection is that of a timer that was replaced or stopped.
      () => {},
    );
  }

  #release(timer: AbortController): void {
    if (timer.signal.aborted) return;
    this.#timer = undefined;
    while (this.#heap.length > 0 && this.#isDue(this.#heap[0]!.deadline)) {
      this.#onDue(this.#pop().item);
    }
    if (this.#heap.length > 0 && !this.#closed) this.#arm();
  }

  #push(waiting: Waiting<T>): void {
    const heap = this.#heap;
    let at = heap.push(waiting) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(heap[at]!, heap[parent]!)) break;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #pop(): Waiting<T> {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && before(heap[right]!, heap[least]!)) {
        least = right;
      }
      if (least === at) return first;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}

/** Earlier ones first; of equal ones, the one that came first. */
function before(a: Waiting<unknown>, b: Waiting<unknown>): boolean {
  return a.deadline === b.deadline
    ? a.order < b.order
    : a.deadline < b.deadline;
}
