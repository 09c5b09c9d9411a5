import type { Clock } from "../async/clock.ts";

/** How long a task may go on before others get their turn, in milliseconds. */
const PATIENCE_MS = 4;

/** Keeps a task that never has to wait from starving the others: sockets and timers are served between its steps. */
export class Turn {
  readonly #clock: Clock;
  #since: number;

  /** The first turn begins now. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /**
   * Wait for a moment, to a tenth of a millisecond: two packets that are due in the same tick of a timer must not leave as
   * one. The others get their turn if it is time. Rejects with the signal's reason.
   */
  async until(deadline: number, signal: AbortSignal): Promise<void> {
    const { lateness = 0 } = this.#clock;
    if (this.#clock.now() < deadline - lateness) {
      await this.#clock.until(deadline - lateness, signal);
      this.begin();
    } else await this.yield();
    this.#clock.hold?.(deadline);
  }

  /** Tell that the task has just waited for something: its turn begins anew. */
  begin(): void {
    this.#since = this.#clock.now();
  }

  /** Let the others run if this turn has lasted long enough. */
  async yield(): Promise<void> {
    if (this.#clock.now() - this.#since < PATIENCE_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.begin();
  }
}
