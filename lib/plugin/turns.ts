/** Lets one task after the other, in the order of asking. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Do `work` when all that asked before have finished. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    try {
      return await work();
    } finally {
      resolve();
    }
  }
}
