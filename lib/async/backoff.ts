/** Options of {@linkcode backoff}. */
export interface BackoffOptions {
  /** The first delay in milliseconds. @default 250 */
  first?: number;
  /** No delay is longer, in milliseconds. @default 30_000 */
  max?: number;
  /** A number in [0, 1): spreads the delays, so that many clients do not come back at once. */
  random: () => number;
}

/** Delays in milliseconds for one attempt after the other: doubling, bounded, each between half and the whole of its step. */
export function* backoff(
  { first = 250, max = 30_000, random }: BackoffOptions,
): Generator<number, never, undefined> {
  for (let step = first;; step = Math.min(step * 2, max)) {
    yield step * (0.5 + random() / 2);
  }
}
