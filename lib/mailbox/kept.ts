import { type Clock, systemClock } from "../async/clock.ts";
import { Waiters } from "../async/waiters.ts";
import type { Bytes } from "../bytes/brand.ts";
import { NymError } from "../errors.ts";
import type { InboxStore, StoredMessage } from "../home/stores.ts";
import type { Recipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import type {
  IncomingMessage,
  Mailbox,
  MailboxState,
  OutgoingMessage,
  Sending,
  Stage,
} from "./mailbox.ts";

/** Options of {@linkcode keepMailbox}. */
export interface KeepMailboxOptions {
  /** Where messages wait until they are taken. Whoever gives it closes it, after the mailbox. */
  inbox: InboxStore;
  /** Lets go of what the inbox is in, once the mailbox has closed. @default nothing */
  onClosed?: (() => void) | undefined;
  /** Hears that the inbox has no room: from then on the client keeps what comes, until there is room again. @default nobody */
  onFull?: ((reason: NymError) => void) | undefined;
  /** @default the system's */
  clock?: Clock | undefined;
}

/**
 * A mailbox of a client that forgets what it has delivered, with an inbox in between: whatever arrives while the mailbox is open
 * is on disk before anybody sees it, and stays until it is taken, in this process or a later one.
 */
export function keepMailbox(
  inner: Mailbox,
  options: KeepMailboxOptions,
): Mailbox {
  return new KeptMailbox(inner, options);
}

class KeptMailbox implements Mailbox {
  readonly closed: Promise<void>;
  readonly adoptSurb?: (surb: Uint8Array) => SenderTag;
  readonly #inner: Mailbox;
  readonly #options: KeepMailboxOptions;
  readonly #changed = new Waiters();
  /** What the inbox has no place for. */
  readonly #replySurbs = new Map<string, Bytes>();
  readonly #keeping: Promise<void>;
  /** The number of the first message that came through this mailbox: lower ones were here before. */
  #firstOwn = Infinity;
  #ended = false;
  #closing: Promise<void> | undefined;

  constructor(inner: Mailbox, options: KeepMailboxOptions) {
    this.#inner = inner;
    this.#options = options;
    if (inner.adoptSurb !== undefined) {
      this.adoptSurb = (surb) => inner.adoptSurb!(surb);
    }
    this.#keeping = this.#keep();
    this.closed = this.#keeping.then(() => inner.closed);
    // Whoever closes on purpose need not look whether something broke.
    this.closed.catch(() => {});
  }

  get address(): Recipient {
    return this.#inner.address;
  }

  get strongestStage(): Stage {
    return this.#inner.strongestStage;
  }

  send(
    message: OutgoingMessage,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Sending> {
    return this.#inner.send(message, options);
  }

  async *messages(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<IncomingMessage, void, undefined> {
    const { inbox } = this.#options;
    const one = 1;
    for (let after = 0;;) {
      signal?.throwIfAborted();
      const [next] = inbox.waiting(after, one);
      if (next !== undefined) {
        after = next.seq;
        inbox.delivered(next.id);
        yield this.#message(next);
      } else if (this.#ended) return;
      else await this.#changed.change(signal);
    }
  }

  states(
    options?: { signal?: AbortSignal | undefined },
  ): AsyncIterable<MailboxState> {
    return this.#inner.states(options);
  }

  close(options?: { drain?: number | undefined }): Promise<void> {
    return this.#closing ??= this.#close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(options?: { drain?: number | undefined }): Promise<void> {
    await this.#inner.close(options);
    // What the client had handed over by then goes to the inbox too.
    await this.#keeping.catch(() => {});
    this.#options.onClosed?.();
  }

  async #keep(): Promise<void> {
    try {
      for await (const message of this.#inner.messages()) {
        if (!await this.#store(message)) return;
        await message.taken();
        this.#changed.wake();
      }
    } finally {
      this.#ended = true;
      this.#changed.wake();
    }
  }

  /** Store a message, waiting for room; false if the mailbox closes before there is any. */
  async #store(message: IncomingMessage): Promise<boolean> {
    const { inbox, onFull, clock = systemClock } = this.#options;
    const { id, body, senderTag, replySurb, isReply = false } = message;
    const { receivedAt = clock.wall() } = message;
    const none: readonly number[] = [];
    for (let told = false;;) {
      try {
        const stored = { id, body, senderTag, isReply, receivedAt };
        const seq = inbox.add(stored, none);
        if (this.#firstOwn > seq) this.#firstOwn = seq;
        if (replySurb) this.#replySurbs.set(id, replySurb);
        return true;
      } catch (error) {
        if (!(error instanceof NymError)) throw error;
        if (!told) onFull?.(error);
        told = true;
        if (this.#closing !== undefined) return false;
        await this.#changed.change();
      }
    }
  }

  #message(
    { id, seq, body, senderTag, isReply, receivedAt, delivered }: StoredMessage,
  ): IncomingMessage {
    return {
      id,
      seq,
      body,
      senderTag,
      // Clients that forget do not tell: only a yes is known.
      isReply: isReply || undefined,
      receivedAt,
      replySurb: this.#replySurbs.get(id),
      stored: seq < this.#firstOwn,
      redelivered: delivered,
      taken: () => {
        this.#options.inbox.taken(id);
        this.#replySurbs.delete(id);
        this.#changed.wake();
        return Promise.resolve();
      },
    };
  }
}
