import { Waiters } from "../async/waiters.ts";
import type { IncomingMessage } from "../mailbox/mailbox.ts";
import type { Group } from "./group.ts";
import type { HubEntry } from "./hub_entry.ts";

/** One consumer of a hub. */
export class Subscription implements Disposable {
  readonly #group: Group;
  readonly #onSlow: () => void;
  /** Handed out and not taken. */
  readonly #untaken = new Set<HubEntry>();
  readonly #waiters = new Waiters();
  #ended = false;
  #closed = false;

  /** Belongs to a group of its own or with others. */
  constructor(group: Group, onSlow: () => void) {
    this.#group = group;
    this.#onSlow = onSlow;
  }

  /** Messages that wait to be asked for. */
  get waiting(): number {
    return this.#closed ? 0 : this.#group.waiting;
  }

  /** Messages handed out and not taken yet. */
  get untaken(): number {
    return this.#untaken.size;
  }

  /**
   * The next message, waiting for one; none once the subscription or the mailbox has ended. It goes back unless `taken` is
   * called on it. Rejects with the signal's reason.
   */
  async next(signal?: AbortSignal): Promise<IncomingMessage | undefined> {
    signal?.throwIfAborted();
    for (;;) {
      if (this.#closed) return undefined;
      const entry = this.#group.poll();
      if (entry !== undefined) return this.#hand(entry);
      if (this.#ended) return undefined;
      await this.#waiters.change(signal);
    }
  }

  /** What arrives until the end. Leaving the loop keeps the subscription. */
  async *messages(
    signal?: AbortSignal,
  ): AsyncGenerator<IncomingMessage, void, undefined> {
    for (;;) {
      const message = await this.next(signal);
      if (message === undefined) return;
      yield message;
    }
  }

  /** Something may be there. */
  wake(): void {
    this.#waiters.wake();
  }

  /** Leave; what was not taken goes to others. More calls do nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const untaken = [...this.#untaken];
    this.#untaken.clear();
    this.#group.leave(this, untaken);
    this.wake();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Leave because this consumer is too slow. */
  cut(): void {
    this.close();
    this.#onSlow();
  }

  /** Nothing more will come. */
  end(): void {
    this.#ended = true;
    this.wake();
  }

  #hand(entry: HubEntry): IncomingMessage {
    this.#untaken.add(entry);
    const { message } = entry;
    const { id, seq, body, senderTag, isReply, replySurb, receivedAt } =
      message;
    return {
      id,
      seq,
      body,
      senderTag,
      isReply,
      replySurb,
      receivedAt,
      stored: message.stored || entry.waited,
      redelivered: message.redelivered || entry.givenBack,
      taken: () => this.#take(entry),
      pass: () => {
        if (this.#untaken.delete(entry)) this.#group.pass(entry);
      },
    };
  }

  /** Whoever has left cannot take any more: the message is somebody else's by now. */
  #take(entry: HubEntry): Promise<void> {
    return this.#untaken.delete(entry)
      ? this.#group.take(entry)
      : Promise.resolve();
  }
}
