import { AsyncQueue } from "../async/queue.ts";
import type { MailboxState } from "./mailbox.ts";

/** So many changes may wait for a slow watcher; the oldest go first, as the newest is what counts. */
const MAX_WAITING = 64;

/** Tells everyone who watches about the connection of a mailbox. */
export class StateBoard {
  readonly #watchers = new Set<AsyncQueue<MailboxState>>();
  #closed = false;
  /** What those learn who begin to watch now. */
  #trouble: MailboxState | undefined;

  /** Something has changed. After `closed` nothing more is told. */
  tell(state: MailboxState): void {
    if (this.#closed) return;
    this.#trouble = state.kind === "reconnecting" ? state : undefined;
    for (const watcher of this.#watchers) watcher.offer(state);
    if (state.kind !== "closed") return;
    this.#closed = true;
    for (const watcher of this.#watchers) watcher.close();
  }

  /** Changes from now on, until the mailbox has closed; first that the connection is lost, if it is. */
  watch(signal?: AbortSignal): AsyncIterable<MailboxState> {
    const queue = new AsyncQueue<MailboxState>({
      capacity: MAX_WAITING,
      policy: "drop-oldest",
    });
    // Registered at once: what happens before the first look must not be missed.
    if (this.#trouble !== undefined) queue.offer(this.#trouble);
    if (this.#closed) queue.close();
    else this.#watchers.add(queue);
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
      this.#watchers.delete(queue);
    }
  }
}
