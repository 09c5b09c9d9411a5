import { type Clock, sleep } from "../async/clock.ts";

/** Options of {@linkcode Rate}. */
export interface RateOptions {
  /** How much can go at once. */
  readonly burst: number;
  /** How much can go in a second, in the long run. */
  readonly perSecond: number;
}

/** Bounds how often something happens. */
export class Rate {
  readonly #clock: Clock;
  readonly #options: RateOptions;
  #left: number;
  #at: number;

  /** Full at first. */
  constructor(clock: Clock, options: RateOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#left = options.burst;
    this.#at = clock.now();
  }

  /** Use some of it. Returns whether there was enough. */
  take(amount = 1): boolean {
    const { burst, perSecond } = this.#options;
    const now = this.#clock.now();
    this.#left = Math.min(
      burst,
      this.#left + (now - this.#at) / 1000 * perSecond,
    );
    this.#at = now;
    if (this.#left < amount) return false;
    this.#left -= amount;
    return true;
  }

  /** Use some of it, waiting until there is enough. Rejects with the signal's reason. */
  async wait(signal: AbortSignal): Promise<void> {
    while (!this.take()) {
      await sleep(this.#clock, 1000 / this.#options.perSecond, signal);
    }
  }
}
