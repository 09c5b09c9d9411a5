import type { DebugConfig } from "../../lib/home/debug.ts";
import { exponential } from "./stats.ts";

/** How many gaps make the expected distribution. */
const SIMULATED = 400_000;

/** What keeps a client from sending exactly at its deadlines, in milliseconds of its clock. */
export interface Disturbances {
  /** How long after their deadlines packets left that had to wait: timers, and what stood before them in the process. */
  readonly lateness: readonly number[];
  /** How long after another packet one left that did not have to wait. */
  readonly handling: readonly number[];
}

/**
 * The distribution function of the gaps of two Poisson streams, main and cover, in a client that is as late as this one was:
 * each packet leaves at its deadline and a lateness by chance, or right after the one before if that was later still.
 */
export function expectedGaps(
  { traffic, coverTraffic }: DebugConfig,
  run: Disturbances,
): (gap: number) => number {
  const means = [
    traffic.messageSendingAverageDelay,
    coverTraffic.loopCoverTrafficAverageDelay,
  ];
  const rate = means.reduce((sum, mean) => sum + 1 / mean, 0);
  const end = SIMULATED / rate;
  const departures = means.flatMap((mean) => stream(mean, end, run))
    .toSorted((a, b) => a - b);
  const gaps = departures.slice(1).map((at, i) => at - departures[i]!)
    .toSorted((a, b) => a - b);
  return (gap) => below(gaps, gap) / gaps.length;
}

function stream(
  mean: number,
  end: number,
  { lateness, handling }: Disturbances,
): number[] {
  const departures: number[] = [];
  let deadline = 0;
  let left = 0;
  while (deadline < end) {
    deadline += exponential(mean);
    left = deadline > left ? deadline + any(lateness) : left + any(handling);
    departures.push(left);
  }
  return departures;
}

function any(samples: readonly number[]): number {
  return samples[Math.floor(Math.random() * samples.length)]!;
}

/** How many of the sorted values lie at or below a limit. */
function below(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
