import type { Bytes } from "../bytes/brand.ts";
import { withSodium } from "./sodium.ts";

/** Order of the prime subgroup of Curve25519: 2^252 + 27742317777372353535851937790883648493. */
export const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Length of scalars, which are little-endian. */
const SCALAR_SIZE = 32;
/** Length of what is reduced modulo the group order. */
const WIDE_SIZE = 64;

/** 0·L to 8·L as scalars are written. */
const MULTIPLES = Array.from({ length: 9 }, (_, k) => {
  const digits = (BigInt(k) * GROUP_ORDER).toString(16);
  return Uint8Array.fromHex(digits.padStart(2 * SCALAR_SIZE, "0")).reverse();
});

/** The number that X25519 multiplies by when given these 32 bytes (RFC 7748 §5), modulo the group order. Needs `cryptoReady()`. */
export function clampedScalar(bytes: Uint8Array): Bytes {
  const clamped = bytes.slice();
  clamped[0]! &= 248;
  clamped[31]! = clamped[31]! & 127 | 64;
  return reducedScalar(clamped);
}

/** The little-endian number of 32 bytes modulo the group order, not clamped. Needs `cryptoReady()`. */
export function reducedScalar(bytes: Uint8Array): Bytes {
  return withSodium((sodium, memory) => {
    const wide = memory.zeros(WIDE_SIZE);
    memory.bytes.set(bytes, wide);
    const scalar = memory.zeros(SCALAR_SIZE);
    sodium._crypto_core_ed25519_scalar_reduce(scalar, wide);
    return memory.read(scalar, SCALAR_SIZE);
  });
}

/**
 * The product of two scalars modulo the group order: multiplying by it is multiplying by one and then by the other. Needs
 * `cryptoReady()`.
 */
export function multiplyScalars(a: Uint8Array, b: Uint8Array): Bytes {
  return withSodium((sodium, memory) => {
    const product = memory.zeros(SCALAR_SIZE);
    sodium._crypto_core_ed25519_scalar_mul(
      product,
      memory.copy(a),
      memory.copy(b),
    );
    return memory.read(product, SCALAR_SIZE);
  });
}

/**
 * 32 bytes that X25519 does not change by clamping and that take every point of the prime subgroup to the same
 * u-coordinate as `scalar`, which is below the group order L, does.
 *
 * Of `scalar + k·L` and `-scalar + (8 - k)·L` with k = 3·scalar mod 8 (L is 5 modulo 8) both are multiples of 8, and
 * exactly one has at least 4·L, hence bit 254. A negated scalar gives the negated point, whose u-coordinate is the
 * same. Being a multiple of 8, the representative also ignores a small-order part of the point, as clamped scalars do.
 *
 * @returns `undefined` for zero, and for about one scalar in 2^125 whose representative would need bit 255.
 */
export function clampedRepresentative(scalar: Uint8Array): Bytes | undefined {
  const k = scalar[0]! * 3 & 7;
  const sign = k >= 4 ? 1 : -1;
  const multiple = MULTIPLES[k >= 4 ? k : 8 - k]!;
  const representative = new Uint8Array(SCALAR_SIZE);
  let carry = 0;
  for (let i = 0; i < SCALAR_SIZE; i++) {
    carry += multiple[i]! + sign * scalar[i]!;
    representative[i] = carry & 255;
    carry >>= 8;
  }
  return representative[31]! & 128 ? undefined : representative;
}
