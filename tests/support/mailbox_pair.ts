import { type Clock, sleep } from "../../lib/async/clock.ts";
import { abortable } from "../../lib/async/abortable.ts";
import { AsyncQueue } from "../../lib/async/queue.ts";
import type { Bytes } from "../../lib/bytes/brand.ts";
import { ed25519PublicKey } from "../../lib/crypto/ed25519.ts";
import { EXIT, NymError } from "../../lib/errors.ts";
import type {
  IncomingMessage,
  Mailbox,
  MailboxState,
  OutgoingMessage,
  Sending,
  Stage,
} from "../../lib/mailbox/mailbox.ts";
import {
  formatRecipient,
  type Recipient,
} from "../../lib/message/recipient.ts";
import {
  formatSenderTag,
  type SenderTag,
} from "../../lib/message/sender_tag.ts";
import { taking } from "./taking.ts";

/** Reply blocks that a client keeps back to ask for more. */
const RESERVE = 10;

/** Reply blocks that come when it asks. */
const GRANT = 50;

/** What the air between mailboxes does to a message, in numbers from 0 to 1 drawn from `random`. */
export interface AirOptions {
  random: () => number;
  clock: Clock;
  /** Chance that a message is lost. @default 0 */
  loss?: number;
  /** Whether the message with this number, from 1, is lost in any case. @default none is */
  loses?: (number: number) => boolean;
  /** Chance that a message comes twice. @default 0 */
  doubling?: number;
  /** The longest time a message travels, in milliseconds: what makes messages overtake each other. @default 0 */
  delay?: number;
  /** The strongest stage told. @default "acked" */
  strongestStage?: Stage;
}

/**
 * Mailboxes that hand messages to each other without a mixnet: a double for what lies below a stream, with its bad
 * manners (messages lost, doubled, late), sender tags, and reply blocks that run out.
 */
export class Air implements AsyncDisposable {
  readonly #options: Required<AirOptions>;
  readonly #boxes = new Map<string, AirMailbox>();
  readonly #abort = new AbortController();
  readonly #flights = new Set<Promise<void>>();
  /** Messages sent so far. */
  sent = 0;

  constructor(options: AirOptions) {
    this.#options = {
      loss: 0,
      loses: () => false,
      doubling: 0,
      delay: 0,
      strongestStage: "acked",
      ...options,
    };
  }

  /** Time in this air. */
  get clock(): Clock {
    return this.#options.clock;
  }

  /** A new mailbox. */
  open(name: number): AirMailbox {
    const address = addressOf(name);
    const box = new AirMailbox({
      air: this,
      name,
      address,
      strongestStage: this.#options.strongestStage,
    });
    this.#boxes.set(formatRecipient(address), box);
    return box;
  }

  /** Open a mailbox again, with what it knew of its senders. */
  reopen(before: AirMailbox): AirMailbox {
    const { name, address, strongestStage } = before;
    const options = { air: this, name, address, strongestStage };
    const box = new AirMailbox(options, before);
    this.#boxes.set(formatRecipient(address), box);
    return box;
  }

  /** Carry a message to a mailbox. */
  carry(
    to: Recipient,
    message: { body: Bytes; senderTag: SenderTag | undefined; surbs: number },
  ): void {
    this.sent++;
    const { random, loss, loses, doubling, delay } = this.#options;
    const isLost = random() < loss || loses(this.sent);
    const copies = isLost ? 0 : random() < doubling ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const flight = this.#fly(to, message, random() * delay).finally(() =>
        this.#flights.delete(flight)
      );
      this.#flights.add(flight);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#flights);
    for (const box of this.#boxes.values()) await box.close();
  }

  async #fly(
    to: Recipient,
    message: Parameters<Air["carry"]>[1],
    ms: number,
  ): Promise<void> {
    try {
      if (ms > 0) await sleep(this.#options.clock, ms, this.#abort.signal);
      this.#boxes.get(formatRecipient(to))?.receive(message);
    } catch {
      // The test is over.
    }
  }
}

/** One end of {@linkcode Air}. */
export class AirMailbox implements Mailbox {
  readonly address: Recipient;
  readonly strongestStage: Stage;
  readonly closed: Promise<void>;
  readonly #air: Air;
  readonly #name: number;
  readonly #incoming = new AsyncQueue<IncomingMessage>({ capacity: 1e6 });
  readonly #senders: Map<string, { recipient: Recipient; blocks: number }>;
  readonly #close: (error?: Error) => void;
  readonly #twins: AirMailbox[] = [];
  #seq = 0;
  /** Messages that a consumer took. */
  taken = 0;
  /** How often it had to ask for reply blocks. */
  grants = 0;
  /** What the next sends fail with, one after the other. */
  readonly failures: Error[] = [];

  constructor(
    options: {
      air: Air;
      name: number;
      address: Recipient;
      strongestStage: Stage;
    },
    before?: AirMailbox,
  ) {
    this.#senders = before ? before.#senders : new Map();
    this.#air = options.air;
    this.#name = options.name;
    this.address = options.address;
    this.strongestStage = options.strongestStage;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.closed = promise;
    this.closed.catch(() => {}); // whoever waits has it
    this.#close = (error) => error ? reject(error) : resolve();
  }

  /** What the test calls it. */
  get name(): number {
    return this.#name;
  }

  /** Reply blocks left for all senders. */
  get blocks(): number {
    return [...this.#senders.values()].reduce(
      (sum, { blocks }) => sum + blocks,
      0,
    );
  }

  async send(
    { target, body, surbs = 0 }: OutgoingMessage,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<Sending> {
    await Promise.resolve();
    const failure = this.failures.shift();
    if (failure) throw failure;
    const copy = body.slice();
    if (target.kind === "recipient") {
      const senderTag = surbs > 0
        ? new Uint8Array(16).fill(this.#name) as SenderTag
        : undefined;
      this.#air.carry(target.recipient, { body: copy, senderTag, surbs });
    } else {
      const sender = this.#senders.get(formatSenderTag(target.senderTag));
      if (!sender) {
        throw new NymError("Cannot reply: unknown sender tag", {
          exitCode: EXIT.noReply,
        });
      }
      const packets = Math.ceil((body.length + 3) / 1604);
      // A client that runs short asks the sender for more, and waits until they come.
      while (sender.blocks < packets + RESERVE) {
        await sleep(this.#air.clock, 100, signal);
        sender.blocks += GRANT;
        this.grants++;
      }
      sender.blocks -= packets;
      this.#air.carry(sender.recipient, {
        body: copy,
        senderTag: undefined,
        surbs: 0,
      });
    }
    return {
      id: crypto.randomUUID(),
      packets: undefined,
      reached: () => Promise.resolve(),
      withdraw: () => Promise.resolve<boolean>(!copy),
    };
  }

  receive(
    { body, senderTag, surbs }: {
      body: Bytes;
      senderTag: SenderTag | undefined;
      surbs: number;
    },
  ): void {
    if (senderTag) {
      const recipient = addressOf(senderTag[0]!);
      const text = formatSenderTag(senderTag);
      const blocks = (this.#senders.get(text)?.blocks ?? 0) + surbs;
      this.#senders.set(text, { recipient, blocks });
    }
    for (const twin of this.#twins) twin.receive({ body, senderTag, surbs });
    const seq = ++this.#seq;
    this.#incoming.offer({
      id: `${seq}`,
      seq,
      body,
      senderTag,
      receivedAt: 0,
      stored: false,
      redelivered: false,
      taken: () => Promise.resolve(void this.taken++),
    });
  }

  messages(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<IncomingMessage> {
    return taking(this.#incoming, signal);
  }

  async *states(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<MailboxState> {
    await abortable(this.closed, signal);
    yield { kind: "closed", reason: "the test is over" };
  }

  /** A second consumer of the same address: both see everything, and either can answer. */
  twin(): AirMailbox {
    const twin = new AirMailbox({
      air: this.#air,
      name: this.#name,
      address: this.address,
      strongestStage: this.strongestStage,
    });
    this.#twins.push(twin);
    return twin;
  }

  /** The mailbox of the same address once this one is closed: a client that was started again. */
  successor(): AirMailbox {
    return this.#air.reopen(this);
  }

  /** Forget all reply blocks, and with them whom to ask for more. */
  loseBlocks(): void {
    this.#senders.clear();
  }

  /** Lose the client. */
  lose(error: Error): void {
    this.#incoming.close();
    this.#close(error);
  }

  close(): Promise<void> {
    this.#incoming.close();
    this.#close();
    return this.closed.catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** An address that looks like one: keys that are points of the curve. */
function addressOf(name: number): Recipient {
  const identity = ed25519PublicKey(new Uint8Array(32).fill(name));
  const encryption = new Uint8Array(32).fill(name);
  return { identity, encryption, gateway: identity };
}
