import type { RandomSource } from "../crypto/random.ts";
import { drawDelay } from "../sphinx/delay.ts";
import type { SphinxHop } from "../sphinx/route.ts";

/** A route and how long each of its nodes holds the packet back, in nanoseconds. */
export interface Path {
  /** The nodes in order, the gateway at the end last. */
  readonly route: readonly SphinxHop[];
  /** One per node; the last node does not wait, and is not told. */
  readonly delays: readonly bigint[];
}

/** Draw the delays of a route around an average in milliseconds. */
export function drawPath(
  route: readonly SphinxHop[],
  averageMs: number,
  random: RandomSource,
): Path {
  return { route, delays: route.map(() => drawDelay(averageMs, random)) };
}

/** How long a packet is held back on a path altogether, in nanoseconds. */
export function pathDelay(path: Path): bigint {
  return path.delays.slice(0, -1).reduce((sum, delay) => sum + delay, 0n);
}
