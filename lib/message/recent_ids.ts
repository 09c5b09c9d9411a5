/** Remembers the last so many numbers it was told; the oldest are forgotten first. */
export class RecentIds {
  readonly #ids = new Set<number>();
  /** The same numbers in order of arrival, as a ring: finding the oldest in a set that shrinks at its front is slow. */
  readonly #ring: number[] = [];
  readonly #capacity: number;
  #oldest = 0;

  /** Remember up to `capacity` numbers. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether `id` is among them. */
  has(id: number): boolean {
    return this.#ids.has(id);
  }

  /** Remember `id`, unless it is remembered. */
  add(id: number): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    if (this.#ring.length < this.#capacity) {
      this.#ring.push(id);
      return;
    }
    this.#ids.delete(this.#ring[this.#oldest]!);
    this.#ring[this.#oldest] = id;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
  }
}
