/** The first `a.length` bytes of both, combined bit by bit; `b` may be longer. */
export function xor(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(a, (byte, i) => byte ^ b[i]!);
}
