import type { Clock } from "../async/clock.ts";
import { abortable } from "../async/abortable.ts";
import { encodeBase58 } from "../bytes/base58.ts";
import { shortKey } from "../bytes/short_key.ts";
import type { RandomSource } from "../crypto/random.ts";
import { ConnectionError, EXIT } from "../errors.ts";
import { type Recipient, sameRecipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import type { WsConnection } from "../transport/ws_connection.ts";
import {
  type Dialect,
  hasLanes,
  hasSingleSurbs,
} from "../wire/native/dialect.ts";
import { encodeBinaryRequest } from "../wire/native/request_binary.ts";
import { Arrivals } from "./arrivals.ts";
import type {
  IncomingMessage,
  Mailbox,
  MailboxState,
  OutgoingMessage,
  Stage,
} from "./mailbox.ts";
import { StateBoard } from "./states.ts";
import { lost, type Push, StockLink } from "./stock_link.ts";
import { probe } from "./stock_probe.ts";
import { checkSize, stockRequest, takesLane } from "./stock_request.ts";
import { givenUp, type LaneWatch, StockSending } from "./stock_sending.ts";
import { SurbPurse } from "./surb_purse.ts";

/** While a client has not read more than this, in bytes, it is sent no further message. */
const MAX_BUFFERED = 1024 * 1024;

/** A message that the client has been sent. */
interface HandedOver {
  readonly lane: bigint | undefined;
  /** The packets that wait in the lane. */
  readonly answer: Promise<bigint>;
}

/** What a mailbox is told of its client beforehand. */
export interface BeginOptions {
  /** Whose client it must be. */
  expect?: Recipient | undefined;
  /** What errors call the client. */
  url?: string | undefined;
}

/** A stock nym-client as a mailbox: see {@linkcode openStock}. */
export class StockMailbox implements Mailbox {
  /** Only over clients before 1.1.4. */
  adoptSurb?: (surb: Uint8Array) => SenderTag;
  readonly #connection: WsConnection;
  readonly #link: StockLink;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #arrivals = new Arrivals();
  readonly #states = new StateBoard();
  readonly #purse = new SurbPurse();
  readonly #closing = new AbortController();
  readonly #freeLanes: bigint[] = [];
  readonly #reading: Promise<void>;
  /** Messages go to the client one after the other. */
  #handOvers: Promise<unknown> = Promise.resolve();
  #address: Recipient | undefined;
  #dialect: Dialect = "c";

  /** Starts to read at once: a client flushes what it has right after the handshake. */
  constructor(
    options: { connection: WsConnection; clock: Clock; random: RandomSource },
  ) {
    this.#connection = options.connection;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#link = new StockLink(
      options.connection,
      (push) => this.#arrive(push),
    );
    this.#reading = this.#read();
    // Whoever closes on purpose need not look whether something broke.
    this.#reading.catch(() => {});
  }

  /**
   * Find out what the client speaks and who it is. Once, before anything else; {@linkcode openStock} does it.
   *
   * @throws {NymError} If it is no native client, or another one than expected.
   */
  async begin(
    { expect, url = "" }: BeginOptions = {},
  ): Promise<void> {
    const probed = await probe(this.#link);
    this.#dialect = probed.dialect;
    this.#address = probed.address;
    if (hasSingleSurbs(probed.dialect)) {
      this.adoptSurb = (surb) => this.#purse.put(surb);
    }
    if (expect === undefined || sameRecipient(expect, probed.address)) return;
    throw new ConnectionError(
      `Cannot use the client at ${url}: it is ${
        shortKey(probed.address.identity)
      }, need ${shortKey(expect.identity)}`,
      {
        exitCode: EXIT.busy,
        hint:
          "Another client listens there: end it, or open the home without it (--direct)",
      },
    );
  }

  /** Ask for what arrives, where the client was told to wait for that; any other pushes it all the while. */
  async receive(): Promise<void> {
    await this.#askAddress();
  }

  get address(): Recipient {
    return this.#address!;
  }

  /** What the client speaks. */
  get dialect(): Dialect {
    return this.#dialect;
  }

  get strongestStage(): Stage {
    return hasLanes(this.#dialect) ? "flushed" : "queued";
  }

  get closed(): Promise<void> {
    return this.#reading;
  }

  /** Messages here that nobody has taken out yet. */
  get waiting(): number {
    return this.#arrivals.waiting;
  }

  async send(
    message: OutgoingMessage,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<StockSending> {
    signal?.throwIfAborted();
    checkSize(message, this.#dialect);
    let handed: HandedOver | undefined;
    const turn = this.#handOvers.then(async () => {
      handed = await this.#handOver(message, signal);
    });
    this.#handOvers = turn.catch(() => {});
    const queued = turn.then(() => handed!.answer);
    // Whoever gives up does not wait for it.
    queued.catch(() => {});
    let waiting: bigint;
    try {
      waiting = await abortable(queued, signal);
    } catch (error) {
      if (handed === undefined || !signal?.aborted) throw error;
      this.#takeBack(handed);
      throw givenUp(error);
    }
    const { lane } = handed!;
    return new StockSending(encodeBase58(this.#random(16)), {
      lane: lane === undefined ? undefined : this.#watch(lane),
      waiting,
      bodyLength: message.body.length,
      clock: this.#clock,
    });
  }

  messages(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<IncomingMessage> {
    return this.#arrivals.messages(signal);
  }

  states(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<MailboxState> {
    return this.#states.watch(signal);
  }

  /**
   * Leave the client, which goes on sending what it has queued. What it had pushed until then still comes out of
   * {@linkcode messages}.
   */
  async close(): Promise<void> {
    this.#closing.abort(lost());
    this.#connection.close();
    // What broke before is told by `closed`.
    await this.#reading.catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(): Promise<void> {
    let reason = "closed";
    try {
      await this.#link.run();
      // Native clients drop the connection without a goodbye: after ours that is how it ends.
      if (!this.#closing.signal.aborted) throw lost();
    } catch (error) {
      this.#connection.terminate("nonsense");
      if (this.#closing.signal.aborted) return;
      reason = (error as Error).message;
      throw error;
    } finally {
      this.#closing.abort(lost());
      await this.#connection.closed;
      this.#arrivals.end();
      this.#states.tell({ kind: "closed", reason });
    }
  }

  #arrive({ body, handle }: Push): Promise<void> {
    const replySurb = handle?.kind === "replySurb" ? handle.surb : undefined;
    return this.#arrivals.put({
      id: encodeBase58(this.#random(16)),
      body,
      senderTag: handle?.kind === "senderTag"
        ? handle.senderTag
        : replySurb && this.#purse.put(replySurb),
      replySurb,
      receivedAt: this.#clock.wall(),
      // What comes before the first answer has waited for a program to connect.
      stored: this.#address === undefined,
    }, this.#closing.signal);
  }

  /** Send a message once the client has read those before. */
  async #handOver(
    message: OutgoingMessage,
    signal: AbortSignal | undefined,
  ): Promise<HandedOver> {
    await this.#connection.drained(MAX_BUFFERED, signal);
    const lane = takesLane(message, this.#dialect)
      ? this.#takeLane()
      : undefined;
    const frame = encodeBinaryRequest(
      stockRequest(message, lane, this.#dialect, this.#purse),
      this.#dialect,
    );
    return { lane, answer: this.#queue(frame, lane) };
  }

  /** Have a client drop what it has not read yet, or not sent. */
  #takeBack({ lane }: HandedOver): void {
    if (lane === undefined || this.#closing.signal.aborted) return;
    this.#link.tell({ kind: "closedConnection", lane });
  }

  /** Only a message on a lane is answered; any other goes before a question that is. Returns the packets that wait. */
  async #queue(frame: Uint8Array, lane: bigint | undefined): Promise<bigint> {
    if (lane !== undefined) {
      return (await this.#link.ask(frame, "laneQueueLength")).queueLength;
    }
    await this.#askAddress(frame);
    return 0n;
  }

  /** What is always answered, after `before`. */
  async #askAddress(before?: Uint8Array): Promise<void> {
    const question = encodeBinaryRequest(
      { kind: "selfAddress" },
      this.#dialect,
    );
    await this.#link.ask(question, "selfAddress", before);
  }

  #watch(lane: bigint): LaneWatch {
    return {
      length: () => this.#laneLength(lane),
      drop: () => this.#link.tell({ kind: "closedConnection", lane }),
      release: () => this.#freeLanes.push(lane),
      closing: this.#closing.signal,
    };
  }

  async #laneLength(lane: bigint): Promise<bigint> {
    const question = encodeBinaryRequest(
      { kind: "getLaneQueueLength", lane },
      this.#dialect,
    );
    return (await this.#link.ask(question, "laneQueueLength")).queueLength;
  }

  /** Lanes are used again once they are empty: clients remember every one. */
  #takeLane(): bigint {
    const free = this.#freeLanes.pop();
    if (free !== undefined) return free;
    const drawn = new DataView(this.#random(8).buffer).getBigUint64(0);
    return drawn === 0n ? 1n : drawn;
  }
}
