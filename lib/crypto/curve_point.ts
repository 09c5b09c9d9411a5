import { FIELD_PRIME, fromLittleEndian, isSquare } from "./field25519.ts";

/** All but the top bit, which neither encoding counts to its coordinate. */
const COORDINATE_MASK = 2n ** 255n - 1n;
/** A of v² = u³ + A·u² + u (RFC 7748 §4.1). */
const MONTGOMERY_A = 486662n;
/** d of -x² + y² = 1 + d·x²·y² (RFC 8032 §5.1). */
const EDWARDS_D =
  37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * Whether 32 bytes are the u-coordinate of a point on Curve25519 itself. The other half of all coordinates lies on its
 * twist, where X25519 works too but the group order is another one. Every public key made from a secret is on the curve.
 */
export function isCurve25519Point(bytes: Uint8Array): boolean {
  const u = coordinate(bytes);
  return isSquare(u * (u * u + MONTGOMERY_A * u + 1n));
}

/** Whether 32 bytes decompress to a point of Ed25519, as its public keys must (RFC 8032 §5.1.3). */
export function isEd25519Point(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  const y = coordinate(bytes);
  const y2 = y * y % FIELD_PRIME;
  // x² = (y² - 1) / (d·y² + 1); a quotient is a square if and only if the product is, and the divisor is never zero.
  return isSquare((y2 + FIELD_PRIME - 1n) * (EDWARDS_D * y2 + 1n));
}

function coordinate(bytes: Uint8Array): bigint {
  return fromLittleEndian(bytes) & COORDINATE_MASK;
}
