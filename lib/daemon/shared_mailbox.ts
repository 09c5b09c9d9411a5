import { ConnectionError, EXIT } from "../errors.ts";
import type { Recipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import type {
  IncomingMessage,
  Mailbox,
  MailboxState,
  OutgoingMessage,
  Sending,
  Stage,
} from "../mailbox/mailbox.ts";
import type { MessageHub } from "./hub.ts";
import type { Subscription } from "./subscription.ts";

/** What a {@linkcode SharedMailbox} is made of. */
export interface SharedMailboxOptions {
  /** The mailbox that others use too. */
  mailbox: Mailbox;
  /** Hands out what arrives in it. */
  hub: MessageHub;
  /** Consumers of one group share what arrives; without one this view sees everything. */
  group?: string | undefined;
  /** Others wait for this view instead of its being cut off when it is behind. @default false */
  awaited?: boolean | undefined;
  /** Lets go of the mailbox too, for the view that it was opened for. @default nothing */
  onClose?:
    | ((options?: { drain?: number | undefined }) => Promise<void>)
    | undefined;
}

/**
 * A mailbox as one of its consumers sees it, in the process that holds it: closing this view leaves the others alone. What a
 * loop has in hand can still be taken when the loop has ended; if it is not, it comes again, here or to others.
 */
export class SharedMailbox implements Mailbox {
  readonly adoptSurb?: (surb: Uint8Array) => SenderTag;
  readonly #options: SharedMailboxOptions;
  readonly #closing = new AbortController();
  readonly #closed: Promise<void>;
  readonly #ended = new Set<Subscription>();

  /** Another view of the same mailbox. */
  constructor(options: SharedMailboxOptions) {
    this.#options = options;
    const { mailbox } = options;
    if (mailbox.adoptSurb !== undefined) {
      this.adoptSurb = (surb) => mailbox.adoptSurb!(surb);
    }
    const own = Promise.withResolvers<void>();
    this.#closing.signal.addEventListener("abort", () => own.resolve());
    this.#closed = Promise.race([mailbox.closed, own.promise]);
    // Whoever does not look whether the mailbox broke need not hear of it.
    this.#closed.catch(() => {});
  }

  get address(): Recipient {
    return this.#options.mailbox.address;
  }

  get strongestStage(): Stage {
    return this.#options.mailbox.strongestStage;
  }

  get closed(): Promise<void> {
    return this.#closed;
  }

  send(
    message: OutgoingMessage,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Sending> {
    return this.#options.mailbox.send(message, options);
  }

  async *messages(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<IncomingMessage, void, undefined> {
    const { hub, group, awaited } = this.#options;
    const closing = this.#closing.signal;
    if (closing.aborted) return;
    // What earlier loops left comes first.
    this.#giveBack();
    let slow = false;
    const subscription = hub.subscribe({
      group,
      awaited,
      onSlow: () => slow = true,
    });
    const handed = new Set<IncomingMessage>();
    try {
      const either = signal ? AbortSignal.any([signal, closing]) : closing;
      for await (const message of subscription.messages(either)) {
        handed.add(message);
        yield message;
      }
      if (slow) throw tooSlow();
    } catch (error) {
      if (!closing.aborted || signal?.aborted) throw error;
    } finally {
      subscription.retire({ inHand: handed, unseen: true });
      this.#ended.add(subscription);
      if (closing.aborted) this.#giveBack();
    }
  }

  states(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<MailboxState> {
    return this.#options.mailbox.states({ signal });
  }

  async close(options?: { drain?: number | undefined }): Promise<void> {
    this.#closing.abort();
    this.#giveBack();
    await this.#options.onClose?.(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #giveBack(): void {
    for (const subscription of this.#ended) subscription.close();
    this.#ended.clear();
  }
}

function tooSlow(): ConnectionError {
  return new ConnectionError(
    "Cannot hand out messages: those before were not taken in time",
    { exitCode: EXIT.lost },
  );
}
