import { type Clock, sleep } from "../async/clock.ts";

/** Options of {@linkcode Pace}. */
export interface PaceOptions {
  /** How many turns a second in the long run. */
  perSecond: number;
  /** How many turns may come at once after a pause. */
  burst: number;
  /** Measures time. */
  clock: Clock;
}

/** Slows down who comes too often: a token bucket that makes callers wait instead of turning them away. */
export class Pace {
  readonly #options: PaceOptions;
  #tokens: number;
  #filledAt: number;

  /** Start with a full bucket. */
  constructor(options: PaceOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#filledAt = options.clock.now();
  }

  /** Wait for a turn. Rejects with the signal's reason. */
  async turn(signal?: AbortSignal): Promise<void> {
    const { perSecond, burst, clock } = this.#options;
    const now = clock.now();
    const since = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    this.#tokens = Math.min(burst, this.#tokens + since * perSecond) - 1;
    if (this.#tokens < 0) {
      await sleep(clock, -this.#tokens / perSecond * 1000, signal);
    }
  }
}
