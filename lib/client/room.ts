/** Room for so many things: who needs some while there is none waits in line. */
export class Room {
  readonly #limit: number;
  readonly #line: { readonly amount: number; readonly enter: () => void }[] =
    [];
  #used = 0;

  /** All of it is free at first. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How much is taken. */
  get used(): number {
    return this.#used;
  }

  /**
   * Take `amount`, waiting while nothing is free. More than is free is given once something is, so that what is larger than
   * the room gets through alone.
   *
   * @throws The signal's reason.
   */
  async take(amount: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#line.length > 0 || this.#used >= this.#limit) {
      await this.#stand(amount, signal);
    } else {
      this.#used += amount;
    }
  }

  /** Give `amount` back. */
  release(amount: number): void {
    this.#used -= amount;
    while (this.#used < this.#limit && this.#line.length > 0) {
      const { amount, enter } = this.#line.shift()!;
      this.#used += amount;
      enter();
    }
  }

  #stand(amount: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const place = {
        amount,
        enter: () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#line.splice(this.#line.indexOf(place), 1);
        reject(signal.reason);
      };
      this.#line.push(place);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
