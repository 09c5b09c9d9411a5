import { Waiters } from "../async/waiters.ts";
import type { ChannelReply } from "../wire/channel/reply.ts";
import type { IncomingMessage } from "./mailbox.ts";

type Handed = ChannelReply & { kind: "message" };

/** What a {@linkcode ChannelInbox} asks of its connection. */
export interface ChannelInboxOwner {
  /** Ask for what arrives; returns the number of the subscription. */
  subscribe(): number;
  /** Ask for no more, but keep some deliveries in hand; nobody has looked at any other. */
  unsubscribe(subscription: number, keep: readonly number[]): void;
  /** Tell that a message was taken. Rejects if that cannot be noted. */
  taken(delivery: number): Promise<void>;
  /** Tell that a message is for others. */
  pass(delivery: number): void;
}

/**
 * Messages from our channel to the loops of this process, which share one subscription as long as there is a loop. A message
 * stays in hand when its loop ends, and can still be taken; if it is not, it is handed to the next loop.
 */
export class ChannelInbox {
  readonly #owner: ChannelInboxOwner;
  readonly #changed = new Waiters();
  /** Yielded and not taken, with the loop that did. */
  readonly #inHand = new Map<Handed, symbol>();
  /** Those of them whose loop has ended. */
  readonly #orphans = new Set<Handed>();
  readonly #waiting: Handed[] = [];
  #subscription: number | undefined;
  #loops = 0;
  #end: { reason: unknown } | undefined;

  /** Nothing is asked for before there is a loop. */
  constructor(owner: ChannelInboxOwner) {
    this.#owner = owner;
  }

  /** Messages that no loop has had. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** A message was handed to this connection. */
  put(message: Handed): void {
    // What was on its way when the last loop ended is for others by now.
    if (message.subscription !== this.#subscription) return;
    this.#waiting.push(message);
    this.#changed.wake();
  }

  /** Nothing more will come; loops end, or fail with `reason` if there is one. */
  end(reason?: unknown): void {
    this.#end ??= { reason };
    this.#changed.wake();
  }

  /** Hand out what arrives. */
  async *messages(
    signal?: AbortSignal,
  ): AsyncGenerator<IncomingMessage, void, undefined> {
    const loop = Symbol("loop");
    this.#join();
    try {
      for (;;) {
        signal?.throwIfAborted();
        const next = this.#waiting.shift();
        if (next !== undefined) {
          this.#inHand.set(next, loop);
          yield this.#message(next);
        } else if (this.#end !== undefined) {
          if (this.#end.reason !== undefined) throw this.#end.reason;
          return;
        } else await this.#changed.change(signal);
      }
    } finally {
      for (const [handed, owner] of this.#inHand) {
        if (owner === loop) this.#orphans.add(handed);
      }
      if (--this.#loops === 0) this.leave();
    }
  }

  #join(): void {
    for (const handed of this.#orphans) {
      this.#inHand.delete(handed);
      this.#waiting.push({ ...handed, redelivered: true });
    }
    this.#orphans.clear();
    if (this.#loops++ === 0 && this.#end === undefined) {
      this.#subscription = this.#owner.subscribe();
    }
  }

  /** Ask for no more, whatever loops there are. */
  leave(): void {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    this.#waiting.splice(0);
    if (subscription === undefined || this.#end !== undefined) return;
    const keep = [...this.#inHand.keys()].map(({ delivery }) => delivery);
    this.#owner.unsubscribe(subscription, keep);
  }

  #message(handed: Handed): IncomingMessage {
    const { kind: _kind, subscription: _subscription, delivery, ...message } =
      handed;
    // Otherwise it is done with, or was handed out anew.
    const settle = () => {
      this.#orphans.delete(handed);
      return this.#inHand.delete(handed);
    };
    return {
      ...message,
      taken: async () => {
        if (settle()) await this.#owner.taken(delivery);
      },
      pass: () => {
        if (settle()) this.#owner.pass(delivery);
      },
    };
  }
}
