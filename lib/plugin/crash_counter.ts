import type { Clock } from "../async/clock.ts";
import { LIMITS } from "./limits.ts";

/** Knows when a plugin has crashed too often. */
export class CrashCounter {
  readonly #clock: Clock;
  #times: number[] = [];
  #tripped = false;

  /** Nothing has crashed yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether it was too often; it stays so until {@linkcode reset}. */
  get tripped(): boolean {
    return this.#tripped;
  }

  /** It has crashed. */
  add(): void {
    const now = this.#clock.now();
    this.#times = this.#times.filter((time) => now - time < LIMITS.crashWindow);
    this.#times.push(now);
    this.#tripped ||= this.#times.length >= LIMITS.crashes;
  }

  /** Begin anew. */
  reset(): void {
    this.#times = [];
    this.#tripped = false;
  }
}
