/** Something that everybody walks through while it is open, and waits in front of while it is closed. */
export class Gate {
  #closed: PromiseWithResolvers<void> | undefined;

  /** Whether it is closed. */
  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** Let nobody through from now on. */
  close(): void {
    this.#closed ??= Promise.withResolvers();
  }

  /** Let everybody through again. */
  open(): void {
    this.#closed?.resolve();
    this.#closed = undefined;
  }

  /** Wait until it is open. */
  async passed(): Promise<void> {
    while (this.#closed !== undefined) await this.#closed.promise;
  }
}
