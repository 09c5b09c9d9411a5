import { AsyncQueue } from "../async/queue.ts";
import type { MailboxState } from "../mailbox/mailbox.ts";

/** States that wait for a listener; the oldest are dropped beyond that. */
const MAX_STATES = 64;

/** Tells every listener what happens to a mailbox. */
export class StateFeed {
  readonly #listeners = new Set<AsyncQueue<MailboxState>>();
  #closed = false;

  /** Tell all who listen now. */
  tell(state: MailboxState): void {
    for (const queue of this.#listeners) queue.offer(state);
  }

  /** Nothing more will be told. */
  close(): void {
    this.#closed = true;
    for (const queue of this.#listeners) queue.close();
  }

  /** What is told from now on. @throws The signal's reason. */
  listen(signal?: AbortSignal): AsyncIterable<MailboxState> {
    const queue = new AsyncQueue<MailboxState>({
      capacity: MAX_STATES,
      policy: "drop-oldest",
    });
    if (this.#closed) queue.close();
    else this.#listeners.add(queue);
    return this.#read(queue, signal);
  }

  async *#read(
    queue: AsyncQueue<MailboxState>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<MailboxState, void> {
    try {
      for (;;) {
        const state = await queue.take(signal);
        if (state === undefined) return;
        yield state;
      }
    } finally {
      this.#listeners.delete(queue);
    }
  }
}
