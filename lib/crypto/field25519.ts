/** The prime 2^255 - 19 of the field under Curve25519 and Ed25519. */
export const FIELD_PRIME = 2n ** 255n - 19n;

/** The number that little-endian bytes stand for. */
export function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.slice().reverse().toHex()}`);
}

/** Whether `x` has a square root modulo the field prime (Euler's criterion). Not in constant time: for public values. */
export function isSquare(x: bigint): boolean {
  return power(x % FIELD_PRIME, (FIELD_PRIME - 1n) / 2n) <= 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = result * result % FIELD_PRIME;
    if (bit === "1") result = result * base % FIELD_PRIME;
  }
  return result;
}
