import type { Clock } from "../async/clock.ts";
import { AsyncQueue } from "../async/queue.ts";
import { TaskSet } from "../async/tasks.ts";
import type { Bytes } from "../bytes/brand.ts";
import { encodeBase58 } from "../bytes/base58.ts";
import { equal } from "../bytes/equal.ts";
import type { RandomSource } from "../crypto/random.ts";
import { ConnectionError, DecodeError, EXIT } from "../errors.ts";
import type { IncomingMessage, Mailbox, Target } from "../mailbox/mailbox.ts";
import { encodeRecipient, type Recipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import { BlockSupply } from "./block_supply.ts";
import { StreamConnection } from "./connection.ts";
import { Graveyard } from "./graveyard.ts";
import { callerProof, listenerProof, NO_PROOF } from "./proof.ts";
import {
  decodeSegment,
  encodeSegment,
  isSegment,
  type ResetReason,
  type Segment,
  SegmentVersionError,
  STREAM_ID_SIZE,
  StreamId,
} from "./segment.ts";

/** How long a peer may be silent, in milliseconds, unless told otherwise. */
export const DEFAULT_IDLE = 120_000;

/** How long a listener may take to answer an opening, in milliseconds, unless told otherwise. */
export const DEFAULT_OPEN_TIMEOUT = 60_000;

/** Callers that a listener serves at once, unless told otherwise. */
export const DEFAULT_MAX_CALLERS = 64;

/** What both sides of a stream can set. */
export interface StreamOptions {
  /** The secret that both sides know. Without one, anyone may connect and nobody is proven. */
  code?: Uint8Array | undefined;
  /** How long the peer may be silent, in milliseconds. @default 120_000 */
  idle?: number | undefined;
}

/** Options of {@linkcode StreamHub.dial}. */
export interface DialOptions extends StreamOptions {
  /** How long the listener may take to answer, in milliseconds. @default 60_000 */
  openTimeout?: number | undefined;
}

/** Options of {@linkcode StreamHub.listen}. */
export interface ListenOptions extends StreamOptions {
  /** Callers served at once; one more is refused. @default 64 */
  maxCallers?: number | undefined;
}

/** What a hub did not take, counted. */
export interface StreamCounters {
  /** Openings without the right code, answered like silence. */
  strangers: number;
  /** Openings beyond the limit. */
  refused: number;
  /** Segments of streams that are not known. */
  unknown: number;
  /** Segments that do not decode, or come from the wrong side. */
  malformed: number;
}

interface Listening {
  readonly options: ListenOptions;
  readonly callers: AsyncQueue<StreamConnection>;
}

/**
 * Streams over one mailbox: takes the segments out of what arrives, leaves every other message to whoever reads the
 * mailbox next, and brings each segment to its stream.
 */
export class StreamHub implements AsyncDisposable {
  /** What was not taken so far. */
  readonly counters: StreamCounters = {
    strangers: 0,
    refused: 0,
    unknown: 0,
    malformed: 0,
  };
  readonly #mailbox: Mailbox;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #streams = new Map<string, StreamConnection>();
  readonly #graveyard: Graveyard;
  readonly #abort = new AbortController();
  readonly #tasks = new TaskSet((error) => this.#fail(error));
  #listening: Listening | undefined;

  /** Begin to read the mailbox. */
  constructor(
    options: { mailbox: Mailbox; clock: Clock; random: RandomSource },
  ) {
    this.#mailbox = options.mailbox;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#graveyard = new Graveyard(this.#clock);
    this.#tasks.add(this.#read());
  }

  /** Open a stream to whoever listens at an address; it can be written to at once. */
  dial(listener: Recipient, options: DialOptions = {}): StreamConnection {
    const { code, idle = DEFAULT_IDLE, openTimeout = DEFAULT_OPEN_TIMEOUT } =
      options;
    const id = StreamId(this.#random(STREAM_ID_SIZE));
    return this.#keep(
      new StreamConnection({
        id,
        open: code
          ? callerProof(code, id, encodeRecipient(listener))
          : NO_PROOF,
        peerProof: code && listenerProof(code, id, encodeRecipient(listener)),
        target: { kind: "recipient", recipient: listener },
        send: (message, signal) => this.#mailbox.send(message, { signal }),
        supply: new BlockSupply(),
        strongestStage: this.#mailbox.strongestStage,
        idle,
        openTimeout,
        clock: this.#clock,
      }),
    );
  }

  /**
   * Take in callers, each as a stream, until the loop is left. One listener at a time.
   */
  async *listen(
    options: ListenOptions = {},
  ): AsyncGenerator<StreamConnection, void, undefined> {
    if (this.#listening) throw new TypeError("Cannot listen twice on one hub");
    const { maxCallers = DEFAULT_MAX_CALLERS } = options;
    const callers = new AsyncQueue<StreamConnection>({ capacity: maxCallers });
    this.#listening = { options, callers };
    if (this.#abort.signal.aborted) callers.fail(this.#abort.signal.reason);
    try {
      yield* callers;
    } finally {
      this.#listening = undefined;
      callers.close();
    }
  }

  /** Reset every stream that has not ended and stop reading the mailbox, which stays open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [...this.#streams.values()].map((stream) =>
        stream[Symbol.asyncDispose]()
      ),
    );
    this.#fail(
      new ConnectionError("Lost the pipe: it was closed on this side", {
        exitCode: EXIT.lost,
      }),
    );
    await this.#tasks.join();
  }

  #fail(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort(error);
    this.#listening?.callers.fail(error);
  }

  async #read(): Promise<void> {
    const { signal } = this.#abort;
    try {
      for await (const message of this.#mailbox.messages({ signal })) {
        if (!isSegment(message.body)) continue;
        this.#handle(message);
        await message.taken();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #handle({ body, senderTag }: IncomingMessage): void {
    let segment: Segment;
    try {
      segment = decodeSegment(body);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.counters.malformed++;
      if (error instanceof SegmentVersionError) {
        this.#refuse(senderTag, error.streamId, "version");
      }
      return;
    }
    const key = encodeBase58(segment.id);
    const stream = this.#streams.get(key);
    if (stream) return stream.handle(segment, { size: body.length, senderTag });
    if (this.#graveyard.holds(key)) {
      const word = this.#graveyard.lastWord(key, segment);
      return word && this.#tasks.add(this.#post(word.target, word.message));
    }
    if (segment.open) return this.#welcome(segment, body.length, senderTag);
    this.counters.unknown++;
    if (!segment.reset) this.#refuse(senderTag, segment.id, "unknownStream");
  }

  #welcome(
    segment: Segment,
    size: number,
    senderTag: SenderTag | undefined,
  ): void {
    const listening = this.#listening;
    if (!listening || !senderTag) {
      this.counters.unknown++;
      return;
    }
    const { code, idle = DEFAULT_IDLE, maxCallers = DEFAULT_MAX_CALLERS } =
      listening.options;
    const address = encodeRecipient(this.#mailbox.address);
    const { id } = segment;
    if (code && !equal(segment.open!, callerProof(code, id, address))) {
      this.counters.strangers++;
      return;
    }
    if (this.#streams.size >= maxCallers) {
      this.counters.refused++;
      return this.#refuse(senderTag, id, "full");
    }
    const stream = this.#keep(
      new StreamConnection({
        id,
        accept: code ? listenerProof(code, id, address) : NO_PROOF,
        target: { kind: "reply", senderTag },
        send: (message, signal) => this.#mailbox.send(message, { signal }),
        strongestStage: this.#mailbox.strongestStage,
        idle,
        openTimeout: idle,
        clock: this.#clock,
      }),
    );
    stream.handle(segment, { size, senderTag });
    listening.callers.offer(stream);
  }

  /** Know a stream until it is over, and remember its last word after that. */
  #keep(stream: StreamConnection): StreamConnection {
    const key = encodeBase58(stream.id);
    this.#streams.set(key, stream);
    const bury = () => {
      this.#streams.delete(key);
      const lastWord = stream.lastWord;
      if (lastWord) this.#graveyard.bury(key, lastWord);
    };
    this.#tasks.add(stream.closed.then(bury, bury));
    return stream;
  }

  #refuse(
    senderTag: SenderTag | undefined,
    id: StreamId,
    reason: ResetReason,
  ): void {
    if (!senderTag || !this.#graveyard.mayRefuse()) return;
    const message = encodeSegment({ id, reset: { reason, text: "" } });
    this.#tasks.add(this.#post({ kind: "reply", senderTag }, message));
  }

  async #post(target: Target, body: Bytes): Promise<void> {
    try {
      await this.#mailbox.send({ target, body }, {
        signal: this.#abort.signal,
      });
    } catch {
      // It is a courtesy to a stream that is over: its other side has a time limit of its own.
    }
  }
}
