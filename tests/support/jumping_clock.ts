import { type Clock, systemClock } from "../../lib/async/clock.ts";

/** The system's clock, which a test may set: the one on the wall as its owner does, or both as a machine does that has slept. */
export class JumpingClock implements Clock {
  #slept = 0;
  #offWall = 0;
  #woken = new AbortController();

  now(): number {
    return systemClock.now() + this.#slept;
  }

  wall(): number {
    return systemClock.wall() + this.#slept + this.#offWall;
  }

  /** Set the clock on the wall so far from where it should be, in milliseconds. */
  setWall(off: number): void {
    this.#offWall = off;
  }

  /** The machine has slept for so many milliseconds: whatever should have happened meanwhile happens now. */
  sleep(ms: number): void {
    this.#slept += ms;
    const woken = this.#woken;
    this.#woken = new AbortController();
    woken.abort();
  }

  async until(deadline: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    while (this.now() < deadline) {
      const woken = this.#woken.signal;
      const stop = new AbortController();
      const onAbort = () => stop.abort();
      woken.addEventListener("abort", onAbort, { once: true });
      signal?.addEventListener("abort", onAbort, { once: true });
      try {
        await systemClock.until(deadline - this.#slept, stop.signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (!woken.aborted) throw error;
      } finally {
        woken.removeEventListener("abort", onAbort);
        signal?.removeEventListener("abort", onAbort);
      }
    }
  }
}
