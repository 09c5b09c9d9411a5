import type { Bytes } from "../bytes/brand.ts";
import { NymError } from "../errors.ts";
import type {
  OutgoingMessage,
  Sending,
  Stage,
  Target,
} from "../mailbox/mailbox.ts";
import type { SenderTag } from "../message/sender_tag.ts";

/** Messages in the client that have not left: enough to keep it busy, few enough to stay in control. */
const MAX_UNFLUSHED = 4;

/** Messages in a row that the client could not send. */
const MAX_FAILURES = 5;

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
}

/** Brings the messages of one stream to the client, and follows them until they have left. */
export class Courier {
  /** The strongest stage that the client tells. */
  readonly strongestStage: Stage;
  readonly #send: CourierOptions["send"];
  #target: Target;
  #unflushed = 0;
  #failures = 0;

  /** Know the way. */
  constructor({ target, send, strongestStage }: CourierOptions) {
    this.#target = target;
    this.#send = send;
    this.strongestStage = strongestStage;
  }

  /** Who the messages are for. */
  get target(): Target {
    return this.#target;
  }

  /** Whether the messages travel on reply blocks. */
  get isReplying(): boolean {
    return this.#target.kind === "reply";
  }

  /** Whether more data should be handed over now. */
  get hasRoom(): boolean {
    return this.#unflushed < MAX_UNFLUSHED;
  }

  /** The peer was heard under this tag: answers go there from now on. */
  heardFrom(senderTag: SenderTag | undefined): void {
    if (senderTag && this.isReplying) {
      this.#target = { kind: "reply", senderTag };
    }
  }

  /** Hand over a message, with so many reply blocks. Resolves when the client has it. */
  deliver(
    body: Bytes,
    options: { blocks?: number; signal: AbortSignal },
  ): Promise<Sending> {
    return this.#send(
      { target: this.#target, body, surbs: options.blocks },
      options.signal,
    );
  }

  /** Wait until a message has left the client, as far as the client tells. */
  departure(sending: Sending, signal: AbortSignal): Promise<void> {
    return sending.reached(
      this.strongestStage === "queued" ? "queued" : "flushed",
      signal,
    );
  }

  /**
   * Follow a message until it has left. Returns whether it has: if not, it should be sent again.
   *
   * @throws {NymError} When the client fails again and again.
   */
  async follow(sending: Sending, signal: AbortSignal): Promise<boolean> {
    this.#unflushed++;
    try {
      await this.departure(sending, signal);
      this.#failures = 0;
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (!(error instanceof NymError) || ++this.#failures >= MAX_FAILURES) {
        throw error;
      }
      return false;
    } finally {
      this.#unflushed--;
    }
  }
}
