import type { RandomSource } from "../crypto/random.ts";
import { randomUnit } from "../crypto/random.ts";

/**
 * The longest time that a stream makes up for, in milliseconds. After a longer standstill the missed slots are gone: a
 * burst tells more than a gap, and a machine that is too busy would be kept busy by it.
 */
const MAX_LAG_MS = 500;

/**
 * Deadlines of a Poisson process: the time between one and the next is exponential. Each follows from the deadline
 * before, never from the time at which someone looked, so that late timers do not slow the process down
 * (nymtech/nym, common/client-core/src/client/real_messages_control/real_traffic_stream.rs).
 */
export class PoissonSchedule {
  readonly #random: RandomSource;
  #deadline: number;

  /** The process starts at `now`, in milliseconds. */
  constructor(random: RandomSource, now: number) {
    this.#random = random;
    this.#deadline = now;
  }

  /** The current deadline in milliseconds, on the clock that `now` was read from. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Move on to the next deadline; `average` is the mean gap in milliseconds. Returns it. */
  next(average: number, now: number): number {
    const gap = average * -Math.log(randomUnit(this.#random));
    const lags = now - this.#deadline > MAX_LAG_MS;
    this.#deadline = (lags ? now : this.#deadline) + gap;
    return this.#deadline;
  }
}
