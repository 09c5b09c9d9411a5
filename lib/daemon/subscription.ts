import { Waiters } from "../async/waiters.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { IncomingMessage } from "../mailbox/mailbox.ts";
import type { Group } from "./group.ts";
import type { HubEntry } from "./hub_entry.ts";

/** One consumer of a hub. */
export class Subscription implements Disposable {
  readonly #group: Group;
  readonly #onSlow: () => void;
  /** Handed out and not taken, by what was handed out. */
  readonly #untaken = new Map<IncomingMessage, HubEntry>();
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
      if (entry === undefined) {
        if (this.#ended) return undefined;
        await this.#waiters.change(signal);
        continue;
      }
      const body = entry.message.body ?? entry.message.reread?.();
      if (body !== undefined) return this.#hand(entry, body);
      // The mailbox had to make room, and keeps it no more.
      await this.#group.take(entry);
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

  /**
   * Ask for no more, but keep what is in hand: it can still be taken. What else was handed out goes to others, without a mark
   * if nobody has looked at it.
   */
  retire({ inHand, unseen }: {
    inHand: ReadonlySet<IncomingMessage>;
    unseen: boolean;
  }): void {
    if (this.#closed) return;
    this.#closed = true;
    const back: HubEntry[] = [];
    for (const [message, entry] of this.#untaken) {
      if (inHand.has(message)) continue;
      this.#untaken.delete(message);
      if (unseen) putDown(entry);
      else entry.givenBack = true;
      back.push(entry);
    }
    this.#group.leave(this, back);
    this.wake();
  }

  /** Leave; what was not taken goes to others. More calls do nothing. */
  close(): void {
    this.retire({ inHand: new Set(), unseen: false });
    const kept = [...this.#untaken.values()];
    this.#untaken.clear();
    for (const entry of kept) entry.givenBack = true;
    this.#group.giveBack(kept);
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

  #hand(entry: HubEntry, body: Bytes): IncomingMessage {
    const { message } = entry;
    const { id, seq, senderTag, isReply, answers, replySurb, receivedAt } =
      message;
    const handed: IncomingMessage = {
      id,
      seq,
      body,
      senderTag,
      isReply,
      answers,
      replySurb,
      receivedAt,
      stored: message.stored || entry.waited,
      redelivered: message.redelivered || entry.givenBack,
      // Whoever has left cannot take any more: the message is somebody else's by now.
      taken: async () => {
        if (this.#untaken.delete(handed)) await this.#group.take(entry);
      },
      pass: () => {
        if (!this.#untaken.delete(handed)) return;
        putDown(entry);
        this.#group.pass(entry);
      },
    };
    this.#untaken.set(handed, entry);
    pickUp(entry);
    return handed;
  }
}

/** A consumer has it in hand. */
function pickUp(entry: HubEntry): void {
  const isInHand = true;
  if (entry.hands++ === 0) entry.message.handed?.(isInHand);
}

/** A consumer has had it in hand and not looked at it. */
function putDown(entry: HubEntry): void {
  const isInHand = false;
  if (--entry.hands === 0) entry.message.handed?.(isInHand);
}
