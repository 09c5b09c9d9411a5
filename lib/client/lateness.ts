/** The longest lateness that is waited for, in milliseconds. */
const MAX_LATENESS_MS = 30_000;

/**
 * By how much acknowledgements come later than the delays on their way explain: what the machines and lines between take.
 * A smoothed mean and four times its variation (RFC 6298 §2) bound the usual.
 */
export class Lateness {
  #mean: number | undefined;
  #variation = 0;

  /** The most that is usual, in milliseconds; nothing as long as nothing was measured. */
  get bound(): number {
    return Math.min((this.#mean ?? 0) + 4 * this.#variation, MAX_LATENESS_MS);
  }

  /** Take in one measurement, in milliseconds. */
  measure(ms: number): void {
    const late = Math.max(0, ms);
    if (this.#mean === undefined) {
      this.#mean = late;
      this.#variation = late / 2;
      return;
    }
    this.#variation += (Math.abs(late - this.#mean) - this.#variation) / 4;
    this.#mean += (late - this.#mean) / 8;
  }
}
