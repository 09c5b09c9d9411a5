import type { Clock } from "../async/clock.ts";
import { encodeBase58 } from "../bytes/base58.ts";
import type { NymError } from "../errors.ts";
import type { ReplySurbSettings } from "../home/debug.ts";
import type { ReplySurb } from "../message/reply_surb.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import type { Lane, LaneSource } from "./lanes.ts";
import {
  PendingReplies,
  type QueuedReply,
  type ReplyItem,
} from "./pending_replies.ts";
import { noBlocksLeft, unknownSender } from "./reply_errors.ts";
import {
  judgeWait,
  requestFor,
  requestSize,
  spendable,
} from "./reply_policy.ts";
import type { RotationView, SurbStock } from "./surb_stock.ts";

/** How often replies that wait are looked at, in milliseconds. */
const INSPECTION_MS = 5000;

/** Options of {@linkcode ReplyController}. */
export interface ReplyControllerOptions<T> {
  /** Where time comes from. */
  clock: Clock;
  /** Thresholds and limits. */
  settings: ReplySurbSettings;
  /** The blocks at hand. */
  stock: SurbStock;
  /** Put packets with their blocks into a lane. */
  dispatch: (lane: Lane, items: readonly ReplyItem<T>[]) => void;
  /** Make the packet that asks a sender for so many blocks. */
  makeRequest: (tag: SenderTag, amount: number) => T;
  /** Whether a packet that waits to be repeated is still wanted. */
  wanted: (item: T) => boolean;
  /** A packet that waits to be repeated cannot be. */
  fail: (item: T, error: NymError) => void;
}

/**
 * Replies to anonymous senders: pairs packets with reply blocks, keeps the stock up, and gives up what cannot be sent
 * (nymtech/nym, common/client-core/src/client/replies/reply_controller).
 */
export class ReplyController<T> {
  readonly #options: ReplyControllerOptions<T>;
  readonly #pending = new Map<string, PendingReplies<T>>();

  /** Nothing waits at first. */
  constructor(options: ReplyControllerOptions<T>) {
    this.#options = options;
  }

  /** Packets that wait for blocks, of all senders. */
  get waiting(): number {
    return this.#pending.values().reduce((sum, p) => sum + p.waiting, 0);
  }

  /**
   * Send a reply, as far as there are blocks; the rest waits for more.
   *
   * @throws {NymError} With exit code 11 if the sender is unknown, or can neither be answered nor asked.
   */
  reply(tag: SenderTag, reply: QueuedReply<T>): void {
    const { stock, clock } = this.#options;
    if (!stock.knows(tag)) throw unknownSender(tag);
    const pending = this.#of(tag);
    if (stock.available(tag) === 0 && pending.requested === 0) {
      this.#tidy(pending);
      throw noBlocksLeft(tag, { mayArrive: false });
    }
    pending.add(reply, clock.now());
    this.#serve(pending);
  }

  /** Send a packet again that was lost, when there is a block for it. */
  repeat(tag: SenderTag, item: T): void {
    const pending = this.#of(tag);
    pending.repeat(item, this.#options.clock.now());
    this.#serve(pending);
  }

  /** Send a request for blocks again; it may use those held back. Returns whether there was one. */
  repeatRequest(tag: SenderTag, item: T): boolean {
    const [surb] = this.#options.stock.take(tag, 1);
    if (surb === undefined) return false;
    this.#options.dispatch("replySurbRequest", [{ item, surb }]);
    return true;
  }

  /** A request for so many blocks was given up. */
  requestFailed(tag: SenderTag, amount: number): void {
    const pending = this.#of(tag);
    pending.requested = Math.max(0, pending.requested - amount);
    this.#tidy(pending);
  }

  /** Blocks came from a sender; `answered` if they were asked for. `keep` puts them down: see {@linkcode SurbStock.receive}. */
  received(
    tag: SenderTag,
    surbs: readonly ReplySurb[],
    { answered, keep }: {
      answered: boolean;
      keep?: ((add: () => void) => void) | undefined;
    },
  ): void {
    const { stock, clock } = this.#options;
    stock.receive(tag, surbs, clock.wall(), keep);
    const pending = this.#of(tag);
    if (answered) {
      pending.requested = Math.max(0, pending.requested - surbs.length);
    }
    pending.progress(clock.now());
    this.#serve(pending);
  }

  /** Take a reply out again. */
  withdraw(source: LaneSource<T>): void {
    for (const pending of [...this.#pending.values()]) {
      pending.withdraw(source);
      this.#tidy(pending);
    }
  }

  /** The keys have rotated: ask for as many new blocks as there are old ones. */
  rotate(): void {
    for (const { tag, count } of this.#options.stock.age()) {
      const pending = this.#of(tag);
      for (let left = count; left > 0;) {
        const amount = requestFor(left, this.#options.settings);
        if (!this.#ask(pending, amount)) break;
        left -= amount;
      }
      this.#tidy(pending);
    }
  }

  /** Drop blocks that are of no use any more, and forget senders that have none. */
  expire(view: RotationView): void {
    const { stock, settings, clock } = this.#options;
    const now = clock.wall();
    stock.expire(view, now);
    stock.forgetSilent(
      now - settings.maximumReplySurbDropWaitingPeriod,
      (tag) => this.#pending.has(encodeBase58(tag)),
    );
  }

  /** Look after replies that wait, until the signal is aborted; then returns. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    try {
      while (!signal.aborted) {
        await clock.until(clock.now() + INSPECTION_MS, signal);
        for (const pending of [...this.#pending.values()]) {
          this.#inspect(pending);
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #inspect(pending: PendingReplies<T>): void {
    const { clock, settings } = this.#options;
    pending.keep(this.#options.wanted);
    const silence = pending.silence(clock.now());
    if (pending.waiting === 0) {
      // A request that nobody answers must not keep others from being sent for ever.
      if (silence > settings.maximumReplySurbDropWaitingPeriod) {
        pending.requested = 0;
      }
      return this.#tidy(pending);
    }
    switch (judgeWait(silence, pending.askedAgain, settings)) {
      case "wait":
        return;
      case "askAgain":
        pending.askAgain();
        this.#ask(pending, requestFor(pending.waiting, settings));
        return;
      case "giveUp":
        return this.#giveUp(pending);
    }
  }

  /** Send what there are blocks for, then ask for more if need be. */
  #serve(pending: PendingReplies<T>): void {
    const { stock, settings, dispatch, wanted } = this.#options;
    pending.keep(wanted);
    const budget = spendable(stock.available(pending.tag), settings);
    const count = Math.min(budget, pending.waiting);
    pending.pair(stock.take(pending.tag, count), dispatch);
    while (true) {
      const amount = requestSize({
        fresh: stock.fresh(pending.tag),
        requested: pending.requested,
        waiting: pending.waiting,
      }, settings);
      if (amount === 0 || !this.#ask(pending, amount)) break;
    }
    this.#tidy(pending);
  }

  #ask(pending: PendingReplies<T>, amount: number): boolean {
    const { stock, makeRequest, dispatch } = this.#options;
    const [surb] = stock.take(pending.tag, 1);
    if (surb === undefined) return false;
    pending.requested += amount;
    const item = makeRequest(pending.tag, amount);
    dispatch("replySurbRequest", [{ item, surb }]);
    return true;
  }

  #giveUp(pending: PendingReplies<T>): void {
    const { replies, repetitions } = pending.clear();
    const error = noBlocksLeft(pending.tag, { mayArrive: true });
    for (const { fail } of replies) fail(error);
    for (const item of repetitions) this.#options.fail(item, error);
    this.#tidy(pending);
  }

  #of(tag: SenderTag): PendingReplies<T> {
    const key = encodeBase58(tag);
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = new PendingReplies<T>(tag, this.#options.clock.now());
      this.#pending.set(key, pending);
    }
    return pending;
  }

  #tidy(pending: PendingReplies<T>): void {
    if (pending.idle) this.#pending.delete(encodeBase58(pending.tag));
  }
}
