import { TaskSet } from "../async/tasks.ts";
import { Waiters } from "../async/waiters.ts";
import type { IncomingMessage } from "../mailbox/mailbox.ts";
import type { ChannelReply } from "../wire/channel/reply.ts";
import type { ChannelRequest } from "../wire/channel/request.ts";
import type { MessageHub } from "./hub.ts";
import type { Subscription } from "./subscription.ts";

/** While more bytes than this are handed out and not taken, nothing more is handed out. */
const MAX_UNTAKEN = 64 * 1024 * 1024;

/** How many subscriptions one program may have. */
const MAX_SUBSCRIPTIONS = 16;

interface Delivery {
  readonly message: IncomingMessage;
  readonly subscription: number;
}

/** What {@linkcode ChannelDeliveries} works with. */
export interface ChannelDeliveriesOptions {
  hub: MessageHub;
  /** Tells the program, and waits while it is behind. */
  tell: (reply: ChannelReply) => Promise<void>;
  say: (reply: ChannelReply) => void;
  /** Fires when the program has gone. */
  gone: AbortSignal;
  onFailure: (reason: unknown) => void;
}

/** The messages that one program is handed over our channel, until it takes or passes them or leaves. */
export class ChannelDeliveries implements AsyncDisposable {
  readonly #options: ChannelDeliveriesOptions;
  readonly #tasks: TaskSet;
  readonly #subscriptions = new Map<number, Subscription>();
  /** Those that hand out no more, and have messages in hand. */
  readonly #retired: Subscription[] = [];
  readonly #untaken = new Map<number, Delivery>();
  readonly #room = new Waiters();
  #delivered = 0;
  #stopped = false;

  /** No subscription yet. */
  constructor(options: ChannelDeliveriesOptions) {
    this.#options = options;
    this.#tasks = new TaskSet(options.onFailure);
  }

  /** Messages that wait to be handed out. */
  get waiting(): number {
    return this.#subscriptions.values().reduce(
      (sum, { waiting }) => sum + waiting,
      0,
    );
  }

  /** Messages handed out and not taken. */
  get untaken(): number {
    return this.#untaken.size;
  }

  /** Hand out what arrives from now on. Returns what is wrong with that, if anything. */
  subscribe(
    { id, group, window }: ChannelRequest & { kind: "subscribe" },
  ): string | undefined {
    if (this.#subscriptions.has(id)) return `subscription ${id} exists`;
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) {
      return `${MAX_SUBSCRIPTIONS} subscriptions exist`;
    }
    const subscription = this.#options.hub.subscribe({
      group,
      onSlow: () => this.#cut(id),
    });
    this.#subscriptions.set(id, subscription);
    this.#tasks.add(this.#deliver(id, subscription, window));
    return undefined;
  }

  /** Hand out no more; what is not in hand goes to others. Returns whether there was such a subscription. */
  unsubscribe(
    { subscription: id, keep, unseen }: ChannelRequest & {
      kind: "unsubscribe";
    },
  ): boolean {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined) return false;
    const inHand = this.#messages(keep);
    subscription.retire({ inHand, unseen });
    this.#forget(id, new Set(keep));
    // What is kept comes back when the program goes.
    if (inHand.size > 0) this.#retired.push(subscription);
    return true;
  }

  /** Hand out no more. */
  stop(): void {
    this.#stopped = true;
  }

  /** The program has taken a message. Returns whether it had it. */
  async taken(delivery: number): Promise<boolean> {
    const message = this.#untaken.get(delivery)?.message;
    await message?.taken();
    this.#settle(delivery);
    return message !== undefined;
  }

  /** A message is not for this program. */
  pass(delivery: number): void {
    this.#settle(delivery)?.pass?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const subscriptions = [...this.#subscriptions.values(), ...this.#retired];
    for (const subscription of subscriptions) subscription.close();
    await this.#tasks.join();
  }

  async #deliver(
    id: number,
    subscription: Subscription,
    window: number,
  ): Promise<void> {
    const { gone, tell } = this.#options;
    try {
      for (;;) {
        while (!this.#fits(id, window)) await this.#room.change(gone);
        const message = await subscription.next(gone);
        // What came in the moment of stopping goes back with the subscription.
        if (message === undefined || this.#stopped) return;
        const delivery = ++this.#delivered;
        this.#untaken.set(delivery, { message, subscription: id });
        await tell({
          ...message,
          kind: "message",
          subscription: id,
          delivery,
          replySurb: message.replySurb,
          isReply: message.isReply,
          answers: message.answers,
          receivedAt: Math.floor(message.receivedAt),
        });
      }
    } catch (error) {
      if (!gone.aborted) throw error;
    }
  }

  #fits(id: number, window: number): boolean {
    const mine = [...this.#untaken.values()].filter(({ subscription }) =>
      subscription === id
    );
    const bytes = mine.reduce(
      (sum, { message }) => sum + message.body.length,
      0,
    );
    return !this.#stopped && mine.length < window && bytes < MAX_UNTAKEN;
  }

  #messages(deliveries: readonly number[]): Set<IncomingMessage> {
    return new Set(
      deliveries.flatMap((delivery) =>
        this.#untaken.get(delivery)?.message ?? []
      ),
    );
  }

  #settle(delivery: number): IncomingMessage | undefined {
    const message = this.#untaken.get(delivery)?.message;
    this.#untaken.delete(delivery);
    this.#room.wake();
    return message;
  }

  #forget(id: number, kept: ReadonlySet<number>): void {
    this.#subscriptions.delete(id);
    for (const [delivery, { subscription }] of this.#untaken) {
      if (subscription !== id || kept.has(delivery)) continue;
      this.#untaken.delete(delivery);
    }
    this.#room.wake();
  }

  #cut(id: number): void {
    this.#forget(id, new Set());
    this.#options.say({
      kind: "error",
      id,
      error: {
        code: "slowConsumer",
        message:
          "Cannot hand out messages: those before were not taken in time",
        hint: "Subscribe again, and take or pass what is handed out",
        mayArrive: null,
      },
    });
  }
}
