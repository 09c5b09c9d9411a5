/** Combine the first bytes of `target`, as many as there are of `other`, with it bit by bit, in place. */
export function xorInto(target: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < other.length; i++) target[i]! ^= other[i]!;
}
