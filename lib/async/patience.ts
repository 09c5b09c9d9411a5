import type { Clock } from "./clock.ts";

/** Time that something is given. Disposing of it ends the wait. */
export interface Patience extends Disposable {
  /** Fires when the time is over. */
  readonly signal: AbortSignal;
}

/** Give something `ms` milliseconds. */
export function patience(clock: Clock, ms: number): Patience {
  const over = new AbortController();
  const done = new AbortController();
  void clock.until(clock.now() + ms, done.signal).then(
    () => over.abort(),
    () => {}, // It was done in time.
  );
  return { signal: over.signal, [Symbol.dispose]: () => done.abort() };
}
