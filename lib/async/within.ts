import { abortable } from "./abortable.ts";
import type { Clock } from "./clock.ts";

/** How long something may take. */
export interface WithinOptions {
  readonly clock: Clock;
  /** When it is given up, in milliseconds of the clock. */
  readonly deadline: number;
  /** Gives up before that. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Wait for something until its time is over: then it is told so by its signal, and nothing is returned.
 *
 * @throws What it throws, and the reason of the signal.
 */
export async function within<T>(
  { clock, deadline, signal }: WithinOptions,
  begin: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const late = new AbortController();
  const done = new AbortController();
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  const timer = clock.until(deadline, done.signal)
    .then(() => late.abort(), () => {});
  try {
    return await abortable(begin(either), either);
  } catch (error) {
    signal?.throwIfAborted();
    if (late.signal.aborted) return undefined;
    throw error;
  } finally {
    done.abort();
    await timer;
  }
}
