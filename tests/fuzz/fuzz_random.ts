import type { Bytes } from "../../lib/bytes/brand.ts";

/** Fast random numbers for fuzzing, the same for the same seed: SFC32, warmed up by a hash of the seed. */
export class FuzzRandom {
  readonly #state: Uint32Array;

  /** Numbers of their own for each text. */
  constructor(seed: string) {
    this.#state = hash(seed);
    for (let i = 0; i < 16; i++) this.u32();
  }

  /** A number of 32 bits. */
  u32(): number {
    const s = this.#state;
    const result = (s[0]! + s[1]! + s[3]!) >>> 0;
    s[3]! += 1;
    s[0] = s[1]! ^ (s[1]! >>> 9);
    s[1] = s[2]! + (s[2]! << 3);
    s[2] = ((s[2]! << 21) | (s[2]! >>> 11)) + result;
    return result;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.u32() / 2 ** 32 * limit);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.u32() < probability * 2 ** 32;
  }

  /** One of some values. */
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** Random bytes; a `RandomSource` when bound. */
  readonly bytes = (length: number): Bytes => {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.u32();
    return bytes;
  };

  /** Mostly small, at times large: a length for something put in. */
  length(): number {
    const magnitude = this.below(100);
    if (magnitude < 80) return 1 + this.below(8);
    return magnitude < 99 ? this.below(300) : this.below(40_000);
  }
}

/** 128 bits of any text (the finaliser of MurmurHash3 over FNV-1a, four times). */
function hash(text: string): Uint32Array {
  return Uint32Array.from([1, 2, 3, 4], (round) => {
    let h = 0x811c9dc5 ^ round;
    for (let i = 0; i < text.length; i++) {
      h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    }
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return h ^ (h >>> 16);
  });
}
