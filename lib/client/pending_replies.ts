import type { ReplySurb } from "../message/reply_surb.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import type { NymError } from "../errors.ts";
import type { Lane, LaneSource } from "./lanes.ts";

/** Something to send to an anonymous sender, with the block that takes it there. */
export interface ReplyItem<T> {
  readonly item: T;
  readonly surb: ReplySurb;
}

/** A reply that is cut into packets as blocks come. */
export interface QueuedReply<T> {
  /** Its packets. */
  readonly source: LaneSource<T>;
  /** The lane that they leave by. */
  readonly lane: Lane;
  /** Hears why the reply cannot go on. */
  readonly fail: (error: NymError) => void;
}

/** What waits for reply blocks of one anonymous sender, and how many of them are on their way. */
export class PendingReplies<T> {
  /** Whom it is for. */
  readonly tag: SenderTag;
  /** Blocks that were asked for and have not come. */
  requested = 0;
  #replies: QueuedReply<T>[] = [];
  #repetitions: T[] = [];
  #askedAgain = 0;
  #progress: number;

  /** Nothing waits at first; `now` is in milliseconds. */
  constructor(tag: SenderTag, now: number) {
    this.tag = tag;
    this.#progress = now;
  }

  /** Packets that wait. */
  get waiting(): number {
    return this.#replies.reduce(
      (sum, { source }) => sum + source.remaining,
      this.#repetitions.length,
    );
  }

  /** Whether nothing waits and nothing is on its way. */
  get idle(): boolean {
    return this.requested === 0 && this.waiting === 0;
  }

  /** How many requests in a row were repeated. */
  get askedAgain(): number {
    return this.#askedAgain;
  }

  /** For how long no blocks came, or nothing waited, in milliseconds. */
  silence(now: number): number {
    return now - this.#progress;
  }

  /** Blocks have come. */
  progress(now: number): void {
    this.#progress = now;
    this.#askedAgain = 0;
  }

  /** The request is about to be repeated. */
  askAgain(): void {
    this.#askedAgain++;
    this.requested = 0;
  }

  /** Let a reply wait. */
  add(reply: QueuedReply<T>, now: number): void {
    if (this.waiting === 0) this.progress(now);
    this.#replies.push(reply);
  }

  /** Let a packet wait that has to be sent again. */
  repeat(item: T, now: number): void {
    if (this.waiting === 0) this.progress(now);
    this.#repetitions.push(item);
  }

  /** Take a reply out again. */
  withdraw(source: LaneSource<T>): void {
    this.#replies = this.#replies.filter((reply) => reply.source !== source);
  }

  /** Keep only the repetitions that are still wanted. */
  keep(wanted: (item: T) => boolean): void {
    this.#repetitions = this.#repetitions.filter(wanted);
  }

  /** Pair blocks with what waits: repetitions first, then replies in order. There are no more blocks than packets. */
  pair(
    surbs: readonly ReplySurb[],
    dispatch: (lane: Lane, items: readonly ReplyItem<T>[]) => void,
  ): void {
    const again = this.#repetitions.splice(0, surbs.length);
    if (again.length > 0) {
      const items = again.map((item, i) => ({ item, surb: surbs[i]! }));
      dispatch("retransmission", items);
    }
    let used = again.length;
    while (used < surbs.length) {
      const { source, lane } = this.#replies[0]!;
      const blocks = surbs.slice(used, used + source.remaining);
      used += blocks.length;
      const items = blocks.map((surb) => ({ item: source.next(), surb }));
      if (source.remaining === 0) this.#replies.shift();
      dispatch(lane, items);
    }
  }

  /** Let go of everything. Returns what waited. */
  clear(): { replies: QueuedReply<T>[]; repetitions: T[] } {
    const [replies, repetitions] = [this.#replies, this.#repetitions];
    this.#replies = [];
    this.#repetitions = [];
    this.requested = 0;
    return { replies, repetitions };
  }
}
