import type { Clock } from "../async/clock.ts";

/** What {@linkcode untilIdle} looks at. */
export interface IdleOptions {
  readonly clock: Clock;
  /** For how long nothing may happen, in milliseconds. */
  readonly ms: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** When something happened last, by the clock; `now` while something is being done. */
  readonly lastAt: () => number;
  /** How many things are there already and have only to come, where that can be asked. */
  readonly backlog?: (() => Promise<number>) | undefined;
}

/**
 * Wait until nothing has happened for a while. What is there already gets as long again to come.
 *
 * @throws The signal's reason.
 */
export async function untilIdle(
  { clock, ms, signal, lastAt, backlog }: IdleOptions,
): Promise<void> {
  let since = lastAt();
  let isAgain = false;
  for (;;) {
    await clock.until(since + ms, signal);
    const last = lastAt();
    if (last > since) {
      since = last;
      isAgain = false;
    } else if (isAgain || !backlog || await backlog() === 0) {
      // Something may have come while that was asked.
      if (lastAt() <= since) return;
    } else {
      since = clock.now();
      isAgain = true;
    }
  }
}
