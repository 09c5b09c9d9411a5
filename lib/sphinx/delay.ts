import { type RandomSource, randomUnit } from "../crypto/random.ts";

const NANOSECONDS_PER_MILLISECOND = 1e6;

/**
 * Draw the time that a hop holds a packet back, in nanoseconds: exponentially distributed around the average, so that
 * what leaves a hop tells nothing about what came in. An average of zero gives zero and draws nothing.
 */
export function drawDelay(averageMs: number, random: RandomSource): bigint {
  if (averageMs === 0) return 0n;
  const average = averageMs * NANOSECONDS_PER_MILLISECOND;
  return BigInt(Math.round(-average * Math.log(randomUnit(random))));
}
