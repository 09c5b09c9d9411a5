import type { Clock } from "../async/clock.ts";
import { within } from "../async/within.ts";
import type { Bytes } from "../bytes/brand.ts";
import { ConnectionError, EXIT, NymError } from "../errors.ts";
import type {
  OutgoingMessage,
  Sending,
  Stage,
  Target,
} from "../mailbox/mailbox.ts";
import type { SenderTag } from "../message/sender_tag.ts";

/** Messages in the client that have not left: enough to keep it busy, few enough to stay in control. */
const MAX_UNFLUSHED = 4;

/** How often in a row the client may fail, with a rest after each time. */
const MAX_FAILURES = 8;

/** The first rest in milliseconds; each one is twice as long as the one before. */
const FIRST_REST = 250;

/** How long a courtesy may take to leave, in milliseconds. */
const COURTESY_TIME = 5000;

/** What a courier stands on. */
export interface CourierOptions {
  /** Who the messages are for. */
  readonly target: Target;
  /** Hands a message to the client. */
  readonly send: (
    message: OutgoingMessage,
    signal: AbortSignal,
  ) => Promise<Sending>;
  /** The strongest stage that the client tells. */
  readonly strongestStage: Stage;
  /** Time. */
  readonly clock: Clock;
}

/** Brings the messages of one stream to the client, follows them until they have left, and endures a client that fails now and then. */
export class Courier {
  /** The strongest stage that the client tells. */
  readonly strongestStage: Stage;
  readonly #send: CourierOptions["send"];
  readonly #clock: Clock;
  readonly #unflushed = new Set<Sending>();
  #target: Target;
  #failures = 0;
  #restUntil = -Infinity;

  /** Know the way. */
  constructor({ target, send, strongestStage, clock }: CourierOptions) {
    this.#target = target;
    this.#send = send;
    this.strongestStage = strongestStage;
    this.#clock = clock;
  }

  /** Who the messages are for. */
  get target(): Target {
    return this.#target;
  }

  /** Whether the messages travel on reply blocks. */
  get isReplying(): boolean {
    return this.#target.kind === "reply";
  }

  /** Whether more should be handed over now. */
  get hasRoom(): boolean {
    return this.#unflushed.size < MAX_UNFLUSHED;
  }

  /** Nothing should be handed over before this time. */
  get restUntil(): number {
    return this.#restUntil;
  }

  /** The peer was heard under this tag: answers go there from now on. */
  heardFrom(senderTag: SenderTag | undefined): void {
    if (senderTag && this.isReplying) {
      this.#target = { kind: "reply", senderTag };
    }
  }

  /**
   * Hand over a message, with so many reply blocks. Resolves when the client has it, with its way; with nothing if the client
   * failed and may do better after a rest, or did not take it by the deadline.
   *
   * @throws {NymError} When it fails again and again, or for a reason that will not go away.
   */
  async deliver(
    body: Bytes,
    options: { blocks?: number; deadline: number; signal: AbortSignal },
  ): Promise<Sending | undefined> {
    const { blocks: surbs, deadline, signal } = options;
    const message = { target: this.#target, body, surbs };
    try {
      return await within(
        { clock: this.#clock, deadline, signal },
        (signal) => this.#send(message, signal),
      );
    } catch (error) {
      signal.throwIfAborted();
      this.#endure(error);
      return undefined;
    }
  }

  /**
   * Follow a message until it has left the client, as far as the client tells. Returns whether it has: if not, it should be
   * sent again.
   *
   * @throws {NymError} When the client fails again and again.
   */
  async follow(sending: Sending, signal: AbortSignal): Promise<boolean> {
    this.#unflushed.add(sending);
    try {
      await this.#departure(sending, signal);
      this.#failures = 0;
      return true;
    } catch (error) {
      if (!signal.aborted) this.#endure(error);
      return false;
    } finally {
      this.#unflushed.delete(sending);
    }
  }

  /**
   * Wait until the client does no more for a message that has left: the peer's gateway has it, where the client tells and sees
   * to that. Returns whether it may arrive; otherwise it should be sent again.
   */
  async handedOver(sending: Sending, signal: AbortSignal): Promise<boolean> {
    if (this.strongestStage !== "acked") return true;
    try {
      await sending.reached("acked", signal);
      return true;
    } catch {
      return false;
    }
  }

  /** Take back what has not left yet, and bring one last message, for which there is not much time and no second try. */
  async lastWord(body: Bytes): Promise<void> {
    const waiting = [...this.#unflushed];
    const message = { target: this.#target, body };
    const deadline = this.#clock.now() + COURTESY_TIME;
    try {
      await within({ clock: this.#clock, deadline }, async (signal) => {
        await Promise.allSettled(waiting.map((sending) => sending.withdraw()));
        await this.#departure(await this.#send(message, signal), signal);
      });
    } catch {
      // The peer that cannot be told finds out by its own time limit.
    }
  }

  #departure(sending: Sending, signal: AbortSignal): Promise<void> {
    const stage = this.strongestStage === "queued" ? "queued" : "flushed";
    return sending.reached(stage, signal);
  }

  /**
   * Rest, unless this will never work. What fails during a rest fails for the same reason as what came before. Reply blocks come
   * when the peer speaks, however long that takes: how long it may be silent is seen to elsewhere.
   */
  #endure(error: unknown): void {
    const lacksBlocks = error instanceof NymError &&
      error.exitCode === EXIT.noReply;
    if (!lacksBlocks && !(error instanceof ConnectionError)) throw error;
    const now = this.#clock.now();
    if (now < this.#restUntil) return;
    if (++this.#failures >= MAX_FAILURES && !lacksBlocks) throw error;
    this.#restUntil = now + FIRST_REST * 2 ** Math.min(this.#failures - 1, 4);
  }
}
