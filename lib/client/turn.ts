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
   * Wait for the very moment: two packets that are due in the same tick of a timer must not leave as one. Others get their turn
   * if there is time. Rejects with the signal's reason.
   */
  async until(deadline: number, signal: AbortSignal): Promise<void> {
    const { exactly = this.#clock.until.bind(this.#clock) } = this.#clock;
    const isLong = deadline - this.#clock.now() >= PATIENCE_MS;
    if (!isLong) await this.yield();
    await exactly(deadline, signal);
    if (isLong) this.begin();
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
