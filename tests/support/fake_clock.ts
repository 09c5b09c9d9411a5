import type { Clock } from "../../lib/async/clock.ts";

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now = 0;
  #epoch: number;
  readonly #sleepers = new Set<{ deadline: number; wake: () => void }>();

  /** Start at zero, which is `epoch` (milliseconds since 1970) on the wall. */
  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return Math.floor(this.#epoch + this.#now);
  }

  /** Set the clock on the wall, as its owner may; the other one never jumps. */
  setWall(wall: number): void {
    this.#epoch = wall - this.#now;
  }

  /** How many tasks wait for the clock. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  until(deadline: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (deadline <= this.#now) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const sleeper = {
        deadline,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal!.reason);
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Move on by `ms` while nothing runs, as when the process was stopped. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Move on by `ms`, waking sleepers in order of their deadlines and letting what they do happen in between. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    for (;;) {
      await settle();
      const next = [...this.#sleepers].filter(({ deadline }) =>
        deadline <= target
      )
        .sort((a, b) => a.deadline - b.deadline)[0];
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.deadline);
      next.wake();
    }
    this.#now = target;
    await settle();
  }
}

/** Let time pass until a promise is settled. */
export async function passing<T>(
  clock: FakeClock,
  promise: PromiseLike<T>,
): Promise<T> {
  let isSettled = false;
  const settled = () => void (isSettled = true);
  promise.then(settled, settled);
  while (!isSettled) await clock.advance(100);
  return await promise;
}

/** Let everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
