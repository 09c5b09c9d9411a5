import { exponential } from "./stats.ts";

/** What the time of a message depends on, in milliseconds. */
export interface FloorParameters {
  /** Mean gap between two packets of the main stream. */
  readonly gap: number;
  /** Mean delay at each of the three mix nodes. */
  readonly delay: number;
}

/** Bytes of a message that one packet carries, beside the type byte and the mark of the end. */
const PACKET = 1604;
const AROUND = 2;

/** Packets of a message. Linked sets of 255 lose three bytes at their borders, which makes no difference here. */
export function packetsOf(size: number): number {
  return Math.ceil((size + AROUND) / PACKET);
}

/**
 * How long messages take at best (Monte Carlo): N packets leave one after the other at a Poisson rate, each takes the sum
 * of three exponential delays, and the message is there with the last one. No loss, no wire, no computing.
 */
export function floor(
  size: number,
  { gap, delay }: FloorParameters,
  runs: number,
): number[] {
  const packets = packetsOf(size);
  return Array.from({ length: runs }, () => {
    let left = 0;
    let last = 0;
    for (let i = 0; i < packets; i++) {
      left += exponential(gap);
      const way = exponential(delay) + exponential(delay) + exponential(delay);
      last = Math.max(last, left + way);
    }
    return last;
  });
}
