/** Tasks that wait for something to change; each looks for itself whether it was what it waited for. */
export class Waiters {
  readonly #wakers = new Set<() => void>();

  /** Something has changed: wake all who wait now. */
  wake(): void {
    const wakers = [...this.#wakers];
    this.#wakers.clear();
    for (const waker of wakers) waker();
  }

  /** Something has changed that is for one alone: wake whoever waits longest. */
  wakeOne(): void {
    for (const waker of this.#wakers) {
      this.#wakers.delete(waker);
      return waker();
    }
  }

  /** Wait for the next change. Rejects with the signal's reason. */
  change(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const settle = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#wakers.delete(settle);
        reject(signal!.reason);
      };
      this.#wakers.add(settle);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}
