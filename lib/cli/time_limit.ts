import type { Clock } from "../async/clock.ts";

/** Options of {@linkcode TimeLimiter}. */
export interface TimeLimiterOptions {
  /** What the signal aborts with. */
  reason(): unknown;
  /** Looked at from time to time: the time starts again when it has changed. */
  readonly progress?: (() => number) | undefined;
}

/** How often progress is looked at within the time. */
const LOOKS = 20;

/** Aborts its signal when a time has passed without progress or a {@linkcode TimeLimiter.touch}. */
export class TimeLimiter implements Disposable {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #options: TimeLimiterOptions;
  readonly #controller = new AbortController();
  readonly #stop = new AbortController();
  #deadline: number;

  /** Starts now. Without `ms` it never aborts. */
  constructor(
    clock: Clock,
    ms: number | undefined,
    options: TimeLimiterOptions,
  ) {
    this.#clock = clock;
    this.#ms = ms ?? Infinity;
    this.#options = options;
    this.#deadline = clock.now() + this.#ms;
    if (ms !== undefined) void this.#watch();
  }

  /** Aborts when the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something happened: the time starts again. */
  touch(): void {
    this.#deadline = this.#clock.now() + this.#ms;
  }

  /** Never abort any more. */
  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #watch(): Promise<void> {
    const { progress, reason } = this.#options;
    const step = progress ? this.#ms / LOOKS : Infinity;
    let seen = progress?.();
    while (this.#clock.now() < this.#deadline) {
      const next = Math.min(this.#deadline, this.#clock.now() + step);
      try {
        await this.#clock.until(next, this.#stop.signal);
      } catch {
        return; // disposed: the only reason for the clock to give up
      }
      const now = progress?.();
      if (now !== seen) this.touch();
      seen = now;
    }
    this.#controller.abort(reason());
  }
}
