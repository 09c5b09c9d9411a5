import type { Clock } from "../async/clock.ts";
import { TaskSet } from "../async/tasks.ts";
import { within } from "../async/within.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { Mailbox, Target } from "../mailbox/mailbox.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import { encodeSegment } from "./encode_segment.ts";
import type { LastWord } from "./graveyard.ts";
import type { ResetReason, SegmentHead } from "./segment.ts";

/** Refusals that may leave at once, and how many more each second brings. */
const REFUSALS_PER_SECOND = 10;

/** How long a courtesy may take to leave, in milliseconds. */
const COURTESY_TIME = 5000;

/**
 * Says what a side need not say: that a caller is not served, and once more that a stream is over. Each costs the other side
 * a reply block and us a packet, so there are few of them, and none is waited for.
 */
export class Courtesies implements AsyncDisposable {
  readonly #mailbox: Mailbox;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #tasks = new TaskSet(() => {}); // the other side has a time limit of its own
  #left = REFUSALS_PER_SECOND;
  #refilledAt: number;

  /** They leave through `mailbox`; `clock` bounds them. */
  constructor(mailbox: Mailbox, clock: Clock) {
    this.#mailbox = mailbox;
    this.#clock = clock;
    this.#refilledAt = clock.now();
  }

  /** Tell a caller that a stream is not served, if there have not been too many refusals. */
  refuse(head: SegmentHead, senderTag: SenderTag, reason: ResetReason): void {
    if (!this.#mayRefuse()) return;
    const { id, answer, session } = head;
    const reset = { reason, text: "" };
    this.#post(
      { kind: "reply", senderTag },
      encodeSegment({ id, answer, session, reset }),
    );
  }

  /** Repeat the last word of a stream. */
  repeat({ target, message }: LastWord): void {
    this.#post(target, message);
  }

  /** Give up what has not left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#tasks.join();
  }

  #mayRefuse(): boolean {
    const now = this.#clock.now();
    const gained = (now - this.#refilledAt) / 1000 * REFUSALS_PER_SECOND;
    this.#left = Math.min(REFUSALS_PER_SECOND, this.#left + gained);
    this.#refilledAt = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  #post(target: Target, body: Bytes): void {
    const clock = this.#clock;
    const deadline = clock.now() + COURTESY_TIME;
    const { signal } = this.#abort;
    this.#tasks.add(within(
      { clock, deadline, signal },
      (signal) => this.#mailbox.send({ target, body }, { signal }),
    ));
  }
}
