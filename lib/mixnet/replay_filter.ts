/** How many tags one half of a filter holds by default: with both, some 20 MB and an hour of a busy client. */
const CAPACITY = 2 ** 17;

/** How much of a 32-byte tag is kept: 128 bits of a key derivation never meet by accident. */
const KEPT = 16;

/**
 * The replay tags of one key: exact, and bounded by two halves. When the newer half is full, the older one is forgotten,
 * so that at least `capacity` of the latest tags are always known.
 */
export class ReplayFilter {
  readonly #capacity: number;
  readonly #onForgotten: (tags: number) => void;
  #newer = new Set<string>();
  #older = new Set<string>();

  /** Start without any tag; `onForgotten` hears how many were forgotten to make room. */
  constructor(
    { capacity = CAPACITY, onForgotten = () => {} }: {
      capacity?: number | undefined;
      onForgotten?: ((tags: number) => void) | undefined;
    } = {},
  ) {
    this.#capacity = capacity;
    this.#onForgotten = onForgotten;
  }

  /** Remember a tag. Returns whether it is new. */
  add(tag: Uint8Array): boolean {
    const key = tag.subarray(0, KEPT).toHex();
    if (this.#newer.has(key) || this.#older.has(key)) return false;
    if (this.#newer.size >= this.#capacity) {
      if (this.#older.size > 0) this.#onForgotten(this.#older.size);
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    this.#newer.add(key);
    return true;
  }
}
