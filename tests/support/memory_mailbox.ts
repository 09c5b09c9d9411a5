import { abortable } from "../../lib/async/abortable.ts";
import { AsyncQueue } from "../../lib/async/queue.ts";
import { Waiters } from "../../lib/async/waiters.ts";
import type { Bytes } from "../../lib/bytes/brand.ts";
import {
  type IncomingMessage,
  type Mailbox,
  type MailboxState,
  type OutgoingMessage,
  type Sending,
  type Stage,
  STAGES,
} from "../../lib/mailbox/mailbox.ts";
import { parseRecipient, type Recipient } from "../../lib/message/recipient.ts";
import {
  formatSenderTag,
  type SenderTag,
} from "../../lib/message/sender_tag.ts";
import { EXIT, NymError } from "../../lib/errors.ts";
import { taking } from "./taking.ts";

/** A valid address for tests. */
export const ADDRESS =
  "CytBseW6yFXUMzz4SGAKdNLGR7q3sJLLYxyBGvutNEQV.4QXYyEVc5fUDjmmi8PrHN9tdUFV4PCvSJE1278cHyvoe@4sBbL1ngf1vtNqykydQKTFh26sQCw888GpUqvPvyNB4f";

/** Options of {@linkcode MemoryMailbox}. */
export interface MemoryMailboxOptions {
  /** @default ADDRESS */
  address?: Recipient;
  /** The strongest stage told. @default "acked" */
  strongestStage?: Stage;
  /** How far a message comes by itself; further stages are up to the test. @default "acked" */
  reaches?: Stage;
  /** Deliver what is sent to the own address. @default false */
  loop?: boolean;
  /** Packets of a message. @default 1 */
  packets?: (body: Uint8Array) => number;
  /** Tags that can be answered; all where not given. */
  knownTags?: readonly SenderTag[];
}

/** What a test may say of a message that arrives. */
export interface DeliverOptions {
  senderTag?: SenderTag;
  replySurb?: Bytes;
  stored?: boolean;
  redelivered?: boolean;
}

/**
 * A mailbox in memory: a double for whatever gives one. Messages arrive when the test says so, those sent stand in
 * {@linkcode sent} and reach their stages when the test says so; sends can be held or made to fail.
 */
export class MemoryMailbox implements Mailbox {
  readonly address: Recipient;
  readonly strongestStage: Stage;
  readonly closed: Promise<void>;
  /** What was sent, oldest first. */
  readonly sent: MemorySending[] = [];
  /** Bodies that consumers took, in the order of taking. */
  readonly taken: string[] = [];
  /** Bodies that consumers are said to have in hand. */
  inHand: string[] = [];
  readonly #options: MemoryMailboxOptions;
  readonly #incoming = new AsyncQueue<IncomingMessage>({ capacity: 1e6 });
  readonly #watchers = new Set<AsyncQueue<MailboxState>>();
  readonly #close: () => void;
  #gate: Promise<void> | undefined;
  #failures: unknown[] = [];
  #seq = 0;

  constructor(options: MemoryMailboxOptions = {}) {
    this.#options = options;
    this.address = options.address ?? parseRecipient(ADDRESS);
    this.strongestStage = options.strongestStage ?? "acked";
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#close = resolve;
  }

  /** Messages that no consumer has asked for. */
  get waiting(): number {
    return this.#incoming.size;
  }

  /** A message arrives. */
  deliver(body: string | Uint8Array, options: DeliverOptions = {}): void {
    const bytes = typeof body === "string"
      ? new TextEncoder().encode(body)
      : new Uint8Array(body);
    const seq = ++this.#seq;
    this.#incoming.offer({
      id: `message-${seq}`,
      seq,
      body: bytes,
      senderTag: options.senderTag,
      replySurb: options.replySurb,
      receivedAt: Date.UTC(2026, 0, 1) + seq,
      stored: options.stored ?? false,
      redelivered: options.redelivered ?? false,
      taken: () => {
        this.taken.push(new TextDecoder().decode(bytes));
        return Promise.resolve();
      },
      handed: (isInHand) => {
        const text = new TextDecoder().decode(bytes);
        if (isInHand) this.inHand.push(text);
        else this.inHand = this.inHand.filter((one) => one !== text);
      },
    });
  }

  /** The next call of send fails like this. */
  failNextSend(error: unknown): void {
    this.#failures.push(error);
  }

  /** Sends wait until the returned function is called. */
  holdSends(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  /** The connection changes. */
  tell(state: MailboxState): void {
    for (const watcher of this.#watchers) watcher.offer(state);
  }

  async send(
    message: OutgoingMessage,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<Sending> {
    signal?.throwIfAborted();
    if (this.#gate !== undefined) await abortable(this.#gate, signal);
    if (this.#failures.length > 0) throw this.#failures.shift();
    const { target } = message;
    const { knownTags, reaches = "acked", packets = () => 1 } = this.#options;
    if (target.kind === "reply" && knownTags !== undefined) {
      const text = formatSenderTag(target.senderTag);
      if (!knownTags.some((tag) => formatSenderTag(tag) === text)) {
        throw new NymError("Cannot reply: unknown sender tag", {
          exitCode: EXIT.noReply,
        });
      }
    }
    const copy = { ...message, body: message.body.slice() };
    const sending = new MemorySending(copy, {
      id: `sending-${this.sent.length + 1}`,
      packets: packets(message.body),
    });
    this.sent.push(sending);
    sending.advance(reaches);
    if (this.#options.loop === true) this.deliver(copy.body);
    return sending;
  }

  messages(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<IncomingMessage> {
    return taking(this.#incoming, signal);
  }

  async *states(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<MailboxState> {
    const watcher = new AsyncQueue<MailboxState>({ capacity: 100 });
    this.#watchers.add(watcher);
    try {
      yield* taking(watcher, signal);
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  close(): Promise<void> {
    this.#incoming.close();
    for (const watcher of this.#watchers) watcher.close();
    this.#close();
    return this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A message that was sent to a {@linkcode MemoryMailbox}. */
export class MemorySending implements Sending {
  readonly id: string;
  readonly packets: number;
  /** What was sent. */
  readonly message: OutgoingMessage;
  /** Whether it was taken back. */
  withdrawn = false;
  #reached = 0;
  #failure: { error: unknown } | undefined;
  readonly #waiters = new Waiters();

  constructor(
    message: OutgoingMessage,
    { id, packets }: { id: string; packets: number },
  ) {
    this.message = message;
    this.id = id;
    this.packets = packets;
  }

  /** What it says, as text. */
  get text(): string {
    return new TextDecoder().decode(this.message.body);
  }

  /** It has come so far. */
  advance(stage: Stage): void {
    this.#reached = Math.max(this.#reached, STAGES.indexOf(stage));
    this.#waiters.wake();
  }

  /** It gets no further. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#waiters.wake();
  }

  async reached(stage: Stage, signal?: AbortSignal): Promise<void> {
    while (this.#reached < STAGES.indexOf(stage)) {
      if (this.#failure !== undefined) throw this.#failure.error;
      await this.#waiters.change(signal);
    }
  }

  withdraw(): Promise<boolean> {
    this.withdrawn = true;
    const nothingLeft = this.#reached < STAGES.indexOf("flushed");
    if (nothingLeft) {
      this.fail(
        new NymError("Cannot send message: withdrawn", {
          mayArrive: false,
        }),
      );
    }
    return Promise.resolve(nothingLeft);
  }
}
