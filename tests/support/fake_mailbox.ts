import { AsyncQueue } from "../../lib/async/queue.ts";
import type { NymError } from "../../lib/errors.ts";
import type {
  IncomingMessage,
  Mailbox,
  MailboxState,
  OutgoingMessage,
  Sending,
  Stage,
} from "../../lib/mailbox/mailbox.ts";
import { parseRecipient } from "../../lib/message/recipient.ts";
import { parseSenderTag } from "../../lib/message/sender_tag.ts";
import { taking } from "./taking.ts";

/** The sample address of the official client's unit tests. */
export const ADDRESS =
  "CytBseW6yFXUMzz4SGAKdNLGR7q3sJLLYxyBGvutNEQV.4QXYyEVc5fUDjmmi8PrHN9tdUFV4PCvSJE1278cHyvoe@4sBbL1ngf1vtNqykydQKTFh26sQCw888GpUqvPvyNB4f";

/** Another valid address: that of the old documentation. */
export const OTHER_ADDRESS =
  "7bxykcEH1uGNMr8mxGABvLJA44nbYt6Rp7xXHhJ4wQVk.HpnFbaMJ8NN1cp5ZPdPTc2GoBDnG4Jd51Sti32tbf3tF@BNjYZPxzcJwczXHHgBxCAyVJKxN6LPteDRrKapxWmexv";

/** Sixteen bytes 08. */
export const SENDER_TAG = "zXExeyvPEHUk9rjXTu78T";

/** A message that was handed to a {@linkcode FakeMailbox}. */
export class FakeSending implements Sending {
  readonly id: string;
  readonly packets = 1;
  readonly message: OutgoingMessage;
  withdrawn = false;
  progress = 0;
  readonly #stages: Record<Stage, PromiseWithResolvers<void>>;

  constructor(id: string, message: OutgoingMessage) {
    this.id = id;
    this.message = message;
    const stage = () => {
      const resolvers = Promise.withResolvers<void>();
      resolvers.promise.catch(() => {}); // whoever waits has it
      return resolvers;
    };
    this.#stages = { queued: stage(), flushed: stage(), acked: stage() };
    this.#stages.queued.resolve();
  }

  /** Let it reach a stage and all before. */
  reach(stage: Stage): void {
    this.#stages.queued.resolve();
    if (stage !== "queued") this.#stages.flushed.resolve();
    if (stage === "acked") this.#stages.acked.resolve();
  }

  /** Let it reach nothing more. */
  fail(error: NymError): void {
    this.#stages.flushed.reject(error);
    this.#stages.acked.reject(error);
  }

  async reached(stage: Stage, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([this.#stages[stage].promise, promise]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  withdraw(): Promise<boolean> {
    this.withdrawn = true;
    return Promise.resolve(this.progress === 0);
  }
}

/** Options of {@linkcode FakeMailbox}. */
export interface FakeMailboxOptions {
  strongestStage?: Stage;
  /** Called with each message before it is queued; may throw, or move it on. @default moves it to the strongest stage */
  onSend?: (sending: FakeSending) => void;
}

/** A mailbox without a client behind it: tests put messages in and look at what was sent. */
export class FakeMailbox implements Mailbox {
  readonly address = parseRecipient(ADDRESS);
  readonly strongestStage: Stage;
  readonly sent: FakeSending[] = [];
  readonly taken: string[] = [];
  readonly closes: ({ drain?: number | undefined } | undefined)[] = [];
  readonly closed: Promise<void>;
  readonly #closed = Promise.withResolvers<void>();
  readonly #onSend: (sending: FakeSending) => void;
  readonly #inbox = new AsyncQueue<IncomingMessage>({ capacity: 1000 });
  readonly #states = new AsyncQueue<MailboxState>({ capacity: 100 });
  #seq = 0;

  constructor(options: FakeMailboxOptions = {}) {
    this.strongestStage = options.strongestStage ?? "acked";
    this.#onSend = options.onSend ??
      ((sending) => sending.reach(this.strongestStage));
    this.closed = this.#closed.promise;
    this.closed.catch(() => {}); // whoever waits has it
  }

  /** Let a message arrive. */
  arrive(body: string | Uint8Array, more: Partial<IncomingMessage> = {}): void {
    const seq = ++this.#seq;
    const id = `m${seq}`;
    this.#inbox.offer({
      id,
      seq,
      body: typeof body === "string"
        ? new TextEncoder().encode(body)
        : body.slice(),
      senderTag: undefined,
      receivedAt: Date.UTC(2026, 0, 1),
      stored: false,
      redelivered: false,
      taken: () => {
        this.taken.push(id);
        return Promise.resolve();
      },
      ...more,
    });
  }

  /** Tell a change of the connection. */
  tell(state: MailboxState): void {
    this.#states.offer(state);
  }

  /** Lose the client. */
  lose(error: NymError): void {
    this.#inbox.close();
    this.#states.close();
    this.#closed.reject(error);
  }

  send(
    message: OutgoingMessage,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<FakeSending> {
    return new Promise((resolve) => {
      signal?.throwIfAborted();
      const sending = new FakeSending(`s${this.sent.length + 1}`, message);
      this.#onSend(sending);
      this.sent.push(sending);
      resolve(sending);
    });
  }

  messages(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<IncomingMessage> {
    return taking(this.#inbox, signal);
  }

  states(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<MailboxState> {
    return taking(this.#states, signal);
  }

  close(options?: { drain?: number | undefined }): Promise<void> {
    this.closes.push(options);
    this.#inbox.close();
    this.#states.close();
    this.#closed.resolve();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A sender tag for messages that can be answered. */
export function someTag(): NonNullable<IncomingMessage["senderTag"]> {
  return parseSenderTag(SENDER_TAG);
}
