/** How many tags one half of a filter holds by default, in 2 MB: with both, an hour of a busy client. */
const CAPACITY = 2 ** 17;

/** Slots for each tag: with more than half of them free, a tag is found at once. */
const SLOTS_PER_TAG = 2;

/** A slot holds 64 bits of a tag, in two numbers: of a key derivation, as many never meet by accident. */
const NUMBERS = 2;

/** Where in a tag those bits are. */
const KEPT_FROM = 8;

/**
 * The replay tags of one key, bounded by two halves. When the newer half is full, the older one is forgotten, so that at least
 * `capacity` of the latest tags are always known. They lie in plain memory, where nothing has to be collected.
 */
export class ReplayFilter {
  readonly #capacity: number;
  readonly #onForgotten: (tags: number) => void;
  #newer: TagTable;
  #older: TagTable | undefined;

  /** Start without any tag; `onForgotten` hears how many were forgotten to make room. */
  constructor(
    { capacity = CAPACITY, onForgotten = () => {} }: {
      capacity?: number | undefined;
      onForgotten?: ((tags: number) => void) | undefined;
    } = {},
  ) {
    this.#capacity = capacity;
    this.#onForgotten = onForgotten;
    this.#newer = new TagTable(capacity);
  }

  /** Remember a tag. Returns whether it is new. */
  add(tag: Uint8Array): boolean {
    const { buffer, byteOffset } = tag;
    const view = new DataView(buffer, byteOffset + KEPT_FROM, 4 * NUMBERS);
    // Zeros mark a free slot.
    const [high, low] = [view.getUint32(0), view.getUint32(4) || 1];
    if (this.#older?.has(high, low)) return false;
    if (this.#newer.size < this.#capacity) return this.#newer.add(high, low);
    if (this.#newer.has(high, low)) return false;
    if (this.#older) this.#onForgotten(this.#older.size);
    const next = this.#older ?? new TagTable(this.#capacity);
    next.clear();
    this.#older = this.#newer;
    this.#newer = next;
    return next.add(high, low);
  }
}

/** A hash table with open addressing. */
class TagTable {
  readonly #slots: Uint32Array;
  readonly #mask: number;
  #size = 0;

  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(capacity * SLOTS_PER_TAG));
    this.#slots = new Uint32Array(slots * NUMBERS);
    this.#mask = slots - 1;
  }

  get size(): number {
    return this.#size;
  }

  has(high: number, low: number): boolean {
    return this.#slots[this.#find(high, low) + 1] !== 0;
  }

  /** Returns whether it was not there. */
  add(high: number, low: number): boolean {
    const at = this.#find(high, low);
    if (this.#slots[at + 1] !== 0) return false;
    this.#slots[at] = high;
    this.#slots[at + 1] = low;
    this.#size++;
    return true;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  /** Where a tag is, or would be. */
  #find(high: number, low: number): number {
    for (let slot = low;; slot++) {
      const at = (slot & this.#mask) * NUMBERS;
      const found = this.#slots[at + 1];
      if (found === 0 || (found === low && this.#slots[at] === high)) return at;
    }
  }
}
