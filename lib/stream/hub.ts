import type { Clock } from "../async/clock.ts";
import { TaskSet } from "../async/tasks.ts";
import { encodeBase58 } from "../bytes/base58.ts";
import type { RandomSource } from "../crypto/random.ts";
import { ConnectionError, DecodeError, EXIT } from "../errors.ts";
import type { IncomingMessage, Mailbox } from "../mailbox/mailbox.ts";
import { encodeRecipient, type Recipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import { assertAble } from "./able.ts";
import { BlockSupply } from "./block_supply.ts";
import { StreamConnection } from "./connection.ts";
import type { ConnectionOptions } from "./connection_options.ts";
import { Courtesies } from "./courtesies.ts";
import { decodeSegment, SegmentVersionError } from "./decode_segment.ts";
import { Graveyard } from "./graveyard.ts";
import { CallerHandshake, ListenerHandshake } from "./handshake.ts";
import {
  DEFAULT_IDLE,
  DEFAULT_MAX_CALLERS,
  DEFAULT_OPEN_TIMEOUT,
  type DialOptions,
  type ListenOptions,
} from "./hub_options.ts";
import { callerProof, listenerProof, NO_PROOF } from "./proof.ts";
import { readSegments } from "./read_segments.ts";
import { Reception } from "./reception.ts";
import {
  type ResetReason,
  type Segment,
  STREAM_ID_SIZE,
  StreamId,
} from "./segment.ts";

/** How long a caller may take to show that it is there, in milliseconds. */
const KNOCK_TIME = 30_000;

/** What a hub did not take, counted. */
export interface StreamCounters {
  /** Openings without the right code, answered like silence. */
  strangers: number;
  /** Openings beyond the limit. */
  refused: number;
  /** Segments of streams that are not known. */
  unknown: number;
  /** Segments that do not decode. */
  malformed: number;
}

/** What a hub stands on. */
export interface StreamHubOptions {
  readonly mailbox: Mailbox;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Whether to let go of the mailbox when the last stream is over and nobody listens. @default false */
  readonly leaveWhenIdle?: boolean | undefined;
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
  readonly #options: StreamHubOptions;
  readonly #session: number;
  readonly #streams = new Map<string, StreamConnection>();
  readonly #graveyard: Graveyard;
  readonly #courtesies: Courtesies;
  readonly #abort = new AbortController();
  readonly #tasks = new TaskSet((error) => this.#fail(error));
  #reception: Reception | undefined;

  /**
   * Begin to read the mailbox.
   *
   * @throws {NymError} With exit code 8 if streams are too much for its client.
   */
  constructor(options: StreamHubOptions) {
    assertAble(options.mailbox);
    this.#options = options;
    this.#session = drawSession(options.random);
    this.#graveyard = new Graveyard(options.clock);
    this.#courtesies = new Courtesies(options.mailbox, options.clock);
    this.#tasks.add(readSegments(
      options.mailbox,
      (message) => this.#handle(message),
      this.#abort.signal,
    ));
  }

  /** Whether it has let go of its mailbox. */
  get over(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Streams that are not over. */
  get size(): number {
    return this.#streams.size;
  }

  /** Open a stream to whoever listens at an address; it can be written to at once. */
  dial(listener: Recipient, options: DialOptions = {}): StreamConnection {
    const {
      code,
      idle = DEFAULT_IDLE,
      openTimeout = DEFAULT_OPEN_TIMEOUT,
    } = options;
    const id = StreamId(this.#options.random(STREAM_ID_SIZE));
    const address = encodeRecipient(listener);
    const stream = new StreamConnection({
      ...this.#base(id),
      handshake: new CallerHandshake({
        id,
        proof: code ? callerProof(code, id, address) : NO_PROOF,
        expected: code && listenerProof(code, id, address),
      }),
      target: { kind: "recipient", recipient: listener },
      supply: new BlockSupply(),
      idle,
      openTimeout,
    });
    this.#keep(keyOf(id, { answer: true }), stream);
    return stream;
  }

  /**
   * Take in callers, each as a stream, until the iteration is left. One listener at a time.
   *
   * @throws {TypeError} If there is one already.
   */
  listen(options: ListenOptions = {}): Reception {
    if (this.#reception) throw new TypeError("Cannot listen twice on one hub");
    const { code, maxCallers = DEFAULT_MAX_CALLERS, idle = DEFAULT_IDLE } =
      options;
    const { mailbox, clock } = this.#options;
    const reception = new Reception({
      code,
      maxCallers,
      address: encodeRecipient(mailbox.address),
      clock,
      idle,
      onClose: () => {
        this.#reception = undefined;
        this.#leaveIfIdle();
      },
    });
    if (this.over) reception.fail(this.#abort.signal.reason);
    else this.#reception = reception;
    return reception;
  }

  /** Reset every stream that has not ended and stop reading the mailbox, which stays open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reception?.return();
    await Promise.all(
      [...this.#streams.values()].map((stream) =>
        stream[Symbol.asyncDispose]()
      ),
    );
    this.#leave();
    await this.#courtesies[Symbol.asyncDispose]();
    await this.#tasks.join();
  }

  #base(
    id: StreamId,
  ): Pick<ConnectionOptions, "send" | "strongestStage" | "clock"> {
    const { mailbox, clock } = this.#options;
    const { strongestStage } = mailbox;
    // Streams share what leaves evenly, however much one of them has to say.
    const lane = new DataView(id.buffer, id.byteOffset).getBigUint64(0);
    return {
      send: (message, signal) => mailbox.send({ ...message, lane }, { signal }),
      strongestStage,
      clock,
    };
  }

  #leaveIfIdle(): void {
    const { leaveWhenIdle = false } = this.#options;
    if (leaveWhenIdle && this.size === 0 && !this.#reception) this.#leave();
  }

  #leave(): void {
    this.#fail(
      new ConnectionError("Lost the pipe: it was closed on this side", {
        exitCode: EXIT.lost,
      }),
    );
  }

  #fail(error: unknown): void {
    if (this.over) return;
    this.#abort.abort(error);
    this.#reception?.fail(error);
    for (const stream of this.#streams.values()) stream.fail(error);
  }

  #handle({ body, senderTag }: IncomingMessage): void {
    let segment: Segment;
    try {
      segment = decodeSegment(body);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.counters.malformed++;
      if (error instanceof SegmentVersionError && !error.answer) {
        this.#refuse(error.streamId, senderTag, "version");
      }
      return;
    }
    const key = keyOf(segment.id, segment);
    const stream = this.#streams.get(key);
    if (stream) return stream.handle(segment, { size: body.length, senderTag });
    if (this.#graveyard.holds(key)) {
      const word = this.#graveyard.lastWord(key, segment);
      return word && this.#courtesies.repeat(word);
    }
    if (segment.open) return this.#welcome(segment, body.length, senderTag);
    this.counters.unknown++;
    // Of another session, it may belong to a listener in another process, who knows it.
    if (!segment.reset && segment.session === this.#session) {
      this.#refuse(segment.id, senderTag, "unknownStream");
    }
  }

  #welcome(
    segment: Segment,
    size: number,
    senderTag: SenderTag | undefined,
  ): void {
    const reception = this.#reception;
    if (!reception || !senderTag) return void this.counters.unknown++;
    const { id } = segment;
    switch (reception.judge(segment)) {
      case "stranger":
        return void this.counters.strangers++;
      case "full":
        this.counters.refused++;
        return this.#refuse(id, senderTag, "full");
      case "welcome":
    }
    const stream = new StreamConnection({
      ...this.#base(id),
      handshake: new ListenerHandshake({
        id,
        proof: reception.proofFor(id),
        session: this.#session,
      }),
      target: { kind: "reply", senderTag },
      idle: reception.idle,
      openTimeout: KNOCK_TIME,
    });
    this.#keep(keyOf(id, segment), stream);
    reception.admit(stream);
    stream.handle(segment, { size, senderTag });
  }

  /** Know a stream until it is over, and remember its last word after that. */
  #keep(key: string, stream: StreamConnection): void {
    if (this.over) stream.fail(this.#abort.signal.reason);
    this.#streams.set(key, stream);
    const bury = () => {
      this.#streams.delete(key);
      this.#graveyard.bury(key, stream.lastWord);
      this.#leaveIfIdle();
    };
    this.#tasks.add(stream.closed.then(bury, bury));
  }

  /** Tell a caller that it is not served; where there is a code, strangers are told nothing. */
  #refuse(
    id: StreamId,
    senderTag: SenderTag | undefined,
    reason: ResetReason,
  ): void {
    const reception = this.#reception;
    if (!senderTag || !reception) return;
    if (reason !== "full" && reception.isSecret) return;
    const head = { id, answer: true, session: this.#session };
    this.#courtesies.refuse(head, senderTag, reason);
  }
}

/** Streams of both directions have different keys: a listener may be called from its own address. */
function keyOf(id: StreamId, { answer }: { answer: boolean }): string {
  return `${answer ? "answer" : "call"} ${encodeBase58(id)}`;
}

/** A number from 1 to 2^32 - 1. */
function drawSession(random: RandomSource): number {
  const bytes = random(4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) || 1;
}
