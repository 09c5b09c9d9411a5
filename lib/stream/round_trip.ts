/** Bounds of the retransmission timer, in milliseconds. */
export interface RoundTripOptions {
  /** What is assumed before the first measurement. @default 3000 */
  initial?: number;
  /** No timer is shorter: below it lies the client's own retransmission of single packets. @default 4000 */
  min?: number;
  /** No timer is longer. @default 60_000 */
  max?: number;
}

/** Measures the time from a segment's departure to its acknowledgement, and derives when to send it again (RFC 6298 §2). */
export class RoundTrip {
  readonly #initial: number;
  readonly #min: number;
  readonly #max: number;
  #smoothed: number | undefined;
  #variation = 0;

  /** Begin without a measurement. */
  constructor(
    { initial = 3000, min = 4000, max = 60_000 }: RoundTripOptions = {},
  ) {
    this.#initial = initial;
    this.#min = min;
    this.#max = max;
  }

  /** The smoothed round trip in milliseconds, if one was measured. */
  get smoothed(): number | undefined {
    return this.#smoothed;
  }

  /** Take in one measurement of `ms` milliseconds, of a segment that was sent once (Karn's rule). */
  measure(ms: number): void {
    if (this.#smoothed === undefined) {
      this.#smoothed = ms;
      this.#variation = ms / 2;
      return;
    }
    this.#variation += (Math.abs(this.#smoothed - ms) - this.#variation) / 4;
    this.#smoothed += (ms - this.#smoothed) / 8;
  }

  /** How long to wait for an acknowledgement after the `transmissions`-th departure, doubling each time. */
  timeout(transmissions: number): number {
    const base = this.#smoothed === undefined
      ? this.#initial
      : this.#smoothed + 4 * this.#variation;
    const first = Math.max(this.#min, base);
    return Math.min(this.#max, first * 2 ** Math.min(transmissions - 1, 16));
  }
}
