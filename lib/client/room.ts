/** Room for so many things: who needs some while there is none waits in line. */
export class Room {
  readonly #limit: number;
  readonly #line: { readonly enter: () => void }[] = [];
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
      await this.#stand(signal);
    }
    this.#used += amount;
    this.#admit();
  }

  /** Give `amount` back. */
  release(amount: number): void {
    this.#used -= amount;
    this.#admit();
  }

  /** Let the first one in line in, if there is room. It takes its share and admits the next. */
  #admit(): void {
    if (this.#used < this.#limit) this.#line.shift()?.enter();
  }

  #stand(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const place = {
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
