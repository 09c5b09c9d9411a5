import type { Bytes } from "../bytes/brand.ts";

/** The first `a.length` bytes of both, combined bit by bit; `b` may be longer. */
export function xor(a: Uint8Array, b: Uint8Array): Bytes {
  const result = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = a[i]! ^ b[i]!;
  return result;
}

/** Combine the first bytes of `target`, as many as there are of `other`, with it bit by bit, in place. */
export function xorInto(target: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < other.length; i++) target[i]! ^= other[i]!;
}
