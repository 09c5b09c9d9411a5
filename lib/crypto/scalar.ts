import type { Bytes } from "../bytes/brand.ts";
import { fromLittleEndian } from "./field25519.ts";

/** Order of the prime subgroup of Curve25519: 2^252 + 27742317777372353535851937790883648493. */
export const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const CLAMP_MASK = 2n ** 254n - 8n;
const CLAMP_BIT = 2n ** 254n;

/** The number that X25519 multiplies by when given these 32 bytes (RFC 7748 §5), modulo the group order. */
export function clampedScalar(bytes: Uint8Array): bigint {
  return (fromLittleEndian(bytes) & CLAMP_MASK | CLAMP_BIT) % GROUP_ORDER;
}

/** The little-endian number of 32 bytes modulo the group order, not clamped. */
export function reducedScalar(bytes: Uint8Array): bigint {
  return fromLittleEndian(bytes) % GROUP_ORDER;
}

/** The product of two scalars modulo the group order: multiplying by it is multiplying by one and then by the other. */
export function multiplyScalars(a: bigint, b: bigint): bigint {
  return a * b % GROUP_ORDER;
}

/**
 * 32 bytes that X25519 does not change by clamping and that take every point of the prime subgroup to the same
 * u-coordinate as `scalar` does.
 *
 * Of `scalar + k·L` and `-scalar + (7 - k)·L` with k = 3·scalar mod 8 (L is 5 modulo 8) both are multiples of 8, and
 * exactly one has at least 4·L, hence bit 254. A negated scalar gives the negated point, whose u-coordinate is the
 * same. Being a multiple of 8, the representative also ignores a small-order part of the point, as clamped scalars do.
 *
 * BigInt arithmetic is not constant-time.
 *
 * @returns `undefined` for zero, and for about one scalar in 2^125 whose representative would need bit 255.
 */
export function clampedRepresentative(scalar: bigint): Bytes | undefined {
  const k = scalar * 3n & 7n;
  const value = k >= 4n
    ? scalar + k * GROUP_ORDER
    : (8n - k) * GROUP_ORDER - scalar;
  if (value >= CLAMP_BIT * 2n) return undefined;
  return Uint8Array.fromHex(value.toString(16)).reverse();
}
