import type { Clock } from "./clock.ts";

/** Wakes one waiting task when something has changed; a ring that nobody waits for is remembered. */
export class Doorbell {
  readonly #clock: Clock;
  #rung = false;
  #wake: (() => void) | undefined;

  /** `clock` measures the time limits. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something has changed. */
  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Wait for a ring, or until `deadline` of the clock. Rejects with the signal's reason. */
  async wait(
    options: {
      deadline?: number | undefined;
      signal?: AbortSignal | undefined;
    } = {},
  ): Promise<void> {
    const { deadline = Infinity, signal } = options;
    signal?.throwIfAborted();
    if (!this.#rung) {
      const ring = new AbortController();
      this.#wake = () => ring.abort();
      const either = signal
        ? AbortSignal.any([ring.signal, signal])
        : ring.signal;
      try {
        await this.#clock.until(deadline, either);
      } catch (error) {
        if (!ring.signal.aborted) throw error;
      } finally {
        this.#wake = undefined;
      }
    }
    this.#rung = false;
  }
}
