/** Where time comes from: the system's in the product, one that tests move by hand. */
export interface Clock {
  /** Milliseconds of a clock that never jumps, with fractions; its zero means nothing. */
  now(): number;
  /** Milliseconds since 1970, for time stamps. */
  wall(): number;
  /** Wait until {@linkcode now} reaches `deadline`; returns at once if it has. Rejects with the signal's reason. */
  until(deadline: number, signal?: AbortSignal): Promise<void>;
  /** How late {@linkcode until} resolves on average, in milliseconds: whoever must be right on average takes it off. @default 0 */
  readonly lateness?: number;
  /** As {@linkcode until}, to a tenth of a millisecond: this thread stands still for the last one or two. @default {@linkcode until} */
  readonly exactly?: (deadline: number, signal?: AbortSignal) => Promise<void>;
}

/** The longest time a timer of the runtime can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Timers of the runtime end at most so much after the whole milliseconds that they count, if nothing else runs. */
const TICK_MS = 1.2;

/** Nobody ever changes it: whoever waits for that waits out the time. */
const UNCHANGED = new Int32Array(new SharedArrayBuffer(4));

/** The system's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  async until(deadline, signal) {
    for (;;) {
      signal?.throwIfAborted();
      const left = deadline - performance.now();
      if (left <= 0) return;
      await timer(Math.min(left, MAX_TIMER_MS), signal);
    }
  },
  // Timers of the runtime count whole milliseconds.
  lateness: 1,
  async exactly(deadline, signal) {
    for (;;) {
      signal?.throwIfAborted();
      const left = deadline - performance.now();
      if (left < 1 + TICK_MS) {
        if (left > 0) Atomics.wait(UNCHANGED, 0, 0, left);
        return;
      }
      await timer(Math.min(Math.floor(left - TICK_MS), MAX_TIMER_MS), signal);
    }
  },
};

/** Wait for `ms` milliseconds of `clock`. Rejects with the signal's reason. */
export function sleep(
  clock: Clock,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  return clock.until(clock.now() + ms, signal);
}

function timer(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    function onAbort(): void {
      clearTimeout(id);
      reject(signal!.reason);
    }
    const id = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    // The runtime's first timer loads code, and lets other tasks run meanwhile: they may have aborted the signal.
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}
