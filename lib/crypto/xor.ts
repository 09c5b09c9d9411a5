import type { Bytes } from "../bytes/brand.ts";

/** The first `a.length` bytes of both, combined bit by bit; `b` may be longer. */
export function xor(a: Uint8Array, b: Uint8Array): Bytes {
  const result = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = a[i]! ^ b[i]!;
  return result;
}
