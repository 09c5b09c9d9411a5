/** Background tasks that belong to one owner: the first failure is reported, disposing waits for all of them. */
export class TaskSet implements AsyncDisposable {
  readonly #tasks = new Set<Promise<void>>();
  readonly #onFailure: (reason: unknown) => void;

  /** `onFailure` hears of each task that rejects. */
  constructor(onFailure: (reason: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** How many are running. */
  get size(): number {
    return this.#tasks.size;
  }

  /** Run a task in the background. */
  add(task: Promise<unknown>): void {
    const tracked = task.then(() => {}, this.#onFailure).finally(() =>
      this.#tasks.delete(tracked)
    );
    this.#tasks.add(tracked);
  }

  /** Wait until every task has ended, those added meanwhile too. */
  async join(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  /** The same as {@linkcode join}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.join();
  }
}
