import type { Mailbox } from "./mailbox.ts";

/** Mailboxes that others have replaced: each is closed when nothing that it has handed out is in hand any more. */
export class Predecessors {
  readonly #inHand = new Map<Mailbox, number>();
  readonly #replaced = new Set<Mailbox>();

  /** A mailbox has handed out a message. Call what is returned when that is dealt with. */
  handed(mailbox: Mailbox): () => void {
    this.#inHand.set(mailbox, (this.#inHand.get(mailbox) ?? 0) + 1);
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      this.#inHand.set(mailbox, this.#inHand.get(mailbox)! - 1);
      this.#closeIfDone(mailbox);
    };
  }

  /** Nobody reads from a mailbox any more. */
  replaced(mailbox: Mailbox): void {
    this.#replaced.add(mailbox);
    this.#closeIfDone(mailbox);
  }

  /** Close them all, whatever is in hand. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#replaced].map((one) => one.close()));
    this.#replaced.clear();
  }

  #closeIfDone(mailbox: Mailbox): void {
    if (!this.#replaced.has(mailbox) || this.#inHand.get(mailbox)) return;
    this.#replaced.delete(mailbox);
    this.#inHand.delete(mailbox);
    // It is broken already: how was told when that happened.
    mailbox.close().catch(() => {});
  }
}
