import type { Bytes } from "../../lib/bytes/brand.ts";

/** A source of random bytes that hands out recorded draws in order, and fails on a draw of another length. */
export function recordedRandom(
  ...draws: readonly Uint8Array[]
): (length: number) => Bytes {
  let next = 0;
  return (length) => {
    const draw = draws[next++];
    if (draw?.length !== length) {
      throw new RangeError(
        `Cannot draw ${length} bytes: draw ${next} recorded has ${draw?.length}`,
      );
    }
    return draw.slice() as Bytes;
  };
}
