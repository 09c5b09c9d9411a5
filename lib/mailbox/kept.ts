import { type Clock, systemClock } from "../async/clock.ts";
import { Waiters } from "../async/waiters.ts";
import type { Bytes } from "../bytes/brand.ts";
import { NymError } from "../errors.ts";
import type { InboxStore } from "../home/stores.ts";
import type { Recipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import { Deliveries } from "./deliveries.ts";
import type {
  InboxMailbox,
  IncomingMessage,
  Mailbox,
  MailboxState,
  MessagesOptions,
  OutgoingMessage,
  Sending,
  Stage,
} from "./mailbox.ts";

/** How many reply blocks of old clients are remembered: the newest. */
const MAX_REPLY_SURBS = 4096;

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
): KeptMailbox {
  return new KeptMailbox(inner, options);
}

/** A mailbox with an inbox of its own: see {@linkcode keepMailbox}. */
export class KeptMailbox implements InboxMailbox {
  readonly closed: Promise<void>;
  readonly adoptSurb?: (surb: Uint8Array) => SenderTag;
  readonly #inner: Mailbox;
  readonly #options: KeepMailboxOptions;
  readonly #deliveries: Deliveries;
  /** Woken when there may be room. */
  readonly #room = new Waiters();
  /** What the inbox has no place for. */
  readonly #replySurbs = new Map<string, Bytes>();
  readonly #keeping: Promise<void>;
  /** The number of the first message that came through this mailbox: lower ones were here before. */
  #firstOwn = Infinity;
  #closing: Promise<void> | undefined;

  /** Keeps what arrives from now on. */
  constructor(inner: Mailbox, options: KeepMailboxOptions) {
    this.#inner = inner;
    this.#options = options;
    this.#deliveries = new Deliveries(options.inbox);
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

  messages(options: MessagesOptions = {}): AsyncIterable<IncomingMessage> {
    return this.#completed(
      this.#deliveries.messages(options, ({ seq }) => seq < this.#firstOwn),
    );
  }

  onlook(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<IncomingMessage> {
    return this.#completed(
      this.#deliveries.onlook(signal, ({ seq }) => seq < this.#firstOwn),
    );
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
    this.#room.wake();
    // What the client had handed over by then goes to the inbox too.
    await this.#keeping.catch(() => {});
    this.#options.onClosed?.();
  }

  async #keep(): Promise<void> {
    try {
      for await (const message of this.#inner.messages()) {
        if (!await this.#store(message)) return;
        await message.taken();
        this.#deliveries.arrived();
      }
    } finally {
      this.#deliveries.close({ handOutRest: true });
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
        if (replySurb) this.#remember(id, replySurb);
        return true;
      } catch (error) {
        if (!(error instanceof NymError)) throw error;
        if (!told) onFull?.(error);
        told = true;
        if (this.#closing !== undefined) return false;
        await this.#room.change();
      }
    }
  }

  async *#completed(
    messages: AsyncIterable<IncomingMessage>,
  ): AsyncGenerator<IncomingMessage, void, undefined> {
    for await (const message of messages) {
      const { id, isReply, taken } = message;
      yield {
        ...message,
        // Clients that forget do not tell: only a yes is known.
        isReply: isReply || undefined,
        replySurb: this.#replySurbs.get(id),
        taken: async () => {
          await taken();
          this.#room.wake();
        },
      };
    }
  }

  #remember(id: string, replySurb: Bytes): void {
    this.#replySurbs.set(id, replySurb);
    if (this.#replySurbs.size <= MAX_REPLY_SURBS) return;
    for (const [oldest] of this.#replySurbs) {
      this.#replySurbs.delete(oldest);
      return;
    }
  }
}
