import type { Bytes } from "../bytes/brand.ts";

/** Gives `length` unpredictable bytes that the caller owns. Tests hand in one that repeats. */
export type RandomSource = (length: number) => Bytes;

/** What one call of `crypto.getRandomValues` gives at most. */
const SYSTEM_CHUNK = 65_536;

/** The random source of the operating system. */
export const systemRandom: RandomSource = (length) => {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += SYSTEM_CHUNK) {
    crypto.getRandomValues(bytes.subarray(start, start + SYSTEM_CHUNK));
  }
  return bytes;
};

/**
 * A whole number out of 0 … `n` - 1, each as likely as any other. Draws four bytes at a time and draws again rather
 * than favour the small ones.
 *
 * @throws {RangeError} If `n` is not a whole number out of 1 … 2^32.
 */
export function randomIndex(random: RandomSource, n: number): number {
  if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
    throw new RangeError(`Cannot draw an index: need 1 to 2^32, have ${n}`);
  }
  const limit = 2 ** 32 - (2 ** 32 % n);
  for (;;) {
    const drawn = uint32(random(4));
    if (drawn < limit) return drawn % n;
  }
}

/** A number in (0, 1] with 53 random bits: zero never comes, so that its logarithm is finite. */
export function randomUnit(random: RandomSource): number {
  const bytes = random(8);
  const high = uint32(bytes) >>> 11;
  const low = uint32(bytes.subarray(4));
  return (high * 2 ** 32 + low + 1) / 2 ** 53;
}

function uint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
}
