import type { Clock } from "../async/clock.ts";
import { Doorbell } from "../async/doorbell.ts";
import { TaskSet } from "../async/tasks.ts";
import type { Bytes } from "../bytes/brand.ts";
import { equal } from "../bytes/equal.ts";
import { NymError } from "../errors.ts";
import type { Sending } from "../mailbox/mailbox.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import { AckSchedule } from "./ack_schedule.ts";
import { fullPayload } from "./block_supply.ts";
import type {
  ConnectionOptions,
  StreamProgress,
} from "./connection_options.ts";
import { Courier } from "./courier.ts";
import { StreamEnds } from "./ends.ts";
import type { LastWord } from "./graveyard.ts";
import { Patience } from "./patience.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";
import { resetError } from "./reset.ts";
import { RoundTrip } from "./round_trip.ts";
import {
  encodeSegment,
  MAX_RANGES,
  type ResetReason,
  type Segment,
  type SegmentData,
  segmentOverhead,
  type StreamId,
} from "./segment.ts";
import { SendBuffer } from "./send_buffer.ts";

/** Bytes that a side takes in before its reader has read them. */
const WINDOW = 2 * 1024 * 1024;

/** Bytes that a side sends before the peer has told its window. */
const FIRST_WINDOW = 64 * 1024;

/** Bytes that wait to be cut into segments. */
const SEND_CAPACITY = 256 * 1024;

/** How long a side whose client cannot tell `acked` stays to repeat its last acknowledgement, in milliseconds. */
const LINGER = 5000;

/** How long a reset may take to leave, in milliseconds. */
const RESET_TIME = 5000;

/**
 * One ordered, reliable, two-way stream of bytes over messages. Closing the writable end tells the peer that no more will
 * come; the readable end closes where the peer's does. {@linkcode closed} resolves when both directions have ended and
 * are acknowledged, and rejects when the stream was lost, so that a cut never looks like an end.
 */
export class StreamConnection implements AsyncDisposable {
  /** Which stream it is. */
  readonly id: StreamId;
  /** Settles once when the stream is over. */
  readonly closed: Promise<void>;

  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  readonly #roundTrip = new RoundTrip();
  readonly #send = new SendBuffer({
    capacity: SEND_CAPACITY,
    limit: FIRST_WINDOW,
    roundTrip: this.#roundTrip,
  });
  readonly #receive = new ReceiveBuffer(WINDOW);
  readonly #acks = new AckSchedule(this.#receive.acknowledgement().limit);
  readonly #tasks = new TaskSet((error) => this.#fail(error));
  readonly #abort = new AbortController();
  readonly #bell: Doorbell;
  readonly #patience: Patience;
  readonly #courier: Courier;
  readonly #ends: StreamEnds;
  #accept: Bytes | undefined;
  #received = 0;

  /** Begin to live at once. */
  constructor(options: ConnectionOptions) {
    this.id = options.id;
    this.#options = options;
    this.#courier = new Courier(options);
    this.#accept = options.accept;
    this.#clock = options.clock;
    this.#bell = new Doorbell(this.#clock);
    const opened = options.open === undefined;
    this.#patience = new Patience({ ...options, opened }, this.#clock.now());
    this.#ends = new StreamEnds({
      send: this.#send,
      receive: this.#receive,
      clock: this.#clock,
      signal: this.#abort.signal,
      onChange: () => this.#changed(),
      onCancel: (what) => this.reset("cancelled", what),
    });
    this.closed = this.#run();
    // Whoever cares awaits it: a stream that fails unwatched must not end the process.
    this.closed.catch(() => {});
  }

  /** What the peer sends, in order. */
  get readable(): ReadableStream<Uint8Array> {
    return this.#ends.readable;
  }

  /** What is sent to the peer. */
  get writable(): WritableStream<Uint8Array> {
    return this.#ends.writable;
  }

  /** How far it has come. */
  get progress(): StreamProgress {
    return {
      ...this.#send.progress,
      received: this.#received,
      roundTrip: this.#roundTrip.smoothed,
    };
  }

  /** What is left to say when the stream has ended well. */
  get lastWord(): LastWord | undefined {
    if (!this.#send.complete || !this.#receive.complete) return undefined;
    return { target: this.#courier.target, message: this.#finalSegment() };
  }

  /** Take in a segment of this stream that came in a message of `size` bytes, from the sender with that tag. */
  handle(
    segment: Segment,
    { size, senderTag }: { size: number; senderTag?: SenderTag | undefined },
  ): void {
    if (this.#abort.signal.aborted || !this.#isBelieved(segment)) return;
    this.#courier.heardFrom(senderTag);
    if (!segment.open) this.#accept = undefined;
    const now = this.#clock.now();
    this.#patience.heard(now);
    this.#options.supply?.spent(size, now);
    if (segment.reset) return this.#fail(resetError(segment.reset));
    try {
      if (segment.ack) this.#send.acknowledge(segment.ack, now);
      if (segment.data) this.#takeIn(segment.data, now);
    } catch (error) {
      if (!(error instanceof NymError)) throw error;
      this.#tasks.add(this.reset("protocol", error.message));
      return;
    }
    if (segment.probe) this.#acks.answer(now);
    this.#ends.wake();
    this.#bell.ring();
  }

  /** End the stream at once and tell the peer why. */
  async reset(reason: ResetReason, text: string): Promise<void> {
    if (this.#abort.signal.aborted) return;
    this.#fail(resetError({ reason, text }, { byPeer: false }));
    const signal = AbortSignal.timeout(RESET_TIME);
    const message = encodeSegment({ id: this.id, reset: { reason, text } });
    try {
      const sending = await this.#courier.deliver(message, { signal });
      await this.#courier.departure(sending, signal);
    } catch {
      // The peer that cannot be told finds out by its own time limit.
    }
  }

  /** Reset the stream if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.reset("cancelled", "the stream was let go");
    await this.#tasks.join();
    await this.closed.catch(() => {});
  }

  /** Whether it comes from the peer that this side wants to speak to. */
  #isBelieved({ accept, reset }: Segment): boolean {
    const { peerProof } = this.#options;
    if (this.#patience.opened || reset || !peerProof) return true;
    return accept !== undefined && equal(accept, peerProof);
  }

  #takeIn(data: SegmentData, now: number): void {
    const arrival = this.#receive.accept(data);
    if (arrival === "new") {
      this.#received += data.payload.length;
      this.#acks.arrived(data.payload.length, now);
    }
    if (this.#receive.complete || arrival === "duplicate") {
      this.#acks.answer(now);
    }
  }

  #changed(): void {
    this.#acks.limitMoved(
      this.#receive.acknowledgement().limit,
      this.#clock.now(),
    );
    this.#bell.ring();
  }

  #fail(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort(error);
    this.#ends.fail(error);
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    await Promise.resolve(); // The constructor comes to its end first.
    try {
      while (!this.#send.complete || !this.#receive.complete) {
        await this.#step(signal);
      }
      await this.#sayGoodbye(signal);
      await this.#tasks.join();
      this.#abort.abort();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** Send the segment that is due now, or wait until one may be. */
  async #step(signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    this.#patience.check(now);
    const blocks = this.#options.supply?.toAttach() ?? 0;
    const data = this.#courier.hasRoom
      ? this.#send.next(this.#payloadSize(blocks), now)
      : undefined;
    const probe = this.#patience.isProbeDue(now);
    const isDue = data || probe || this.#acks.isDue(now) ||
      this.#patience.isOpeningDue(now) ||
      (this.#patience.opened && this.#options.supply?.urgent);
    if (isDue) return await this.#post(data, { blocks, probe, signal });
    const deadline = Math.min(
      this.#send.deadline() ?? Infinity,
      this.#acks.deadline ?? Infinity,
      this.#patience.deadline,
    );
    await this.#bell.wait({ deadline, signal });
  }

  #payloadSize(blocks: number): number {
    const isReply = this.#courier.isReplying;
    return fullPayload({
      overhead: segmentOverhead(MAX_RANGES),
      blocks,
      isReply,
    });
  }

  /** Hand one segment to the client, with everything that is worth telling the peer now. */
  async #post(
    data: SegmentData | undefined,
    { blocks, probe, signal }: {
      blocks: number;
      probe: boolean;
      signal: AbortSignal;
    },
  ): Promise<void> {
    const open = this.#patience.opened ? undefined : this.#options.open;
    if (probe || open) this.#patience.asked(this.#clock.now());
    const ack = this.#receive.acknowledgement();
    this.#acks.told(ack.limit);
    const message = encodeSegment({
      id: this.id,
      open,
      accept: this.#accept,
      ack,
      data,
      probe,
    });
    const sending = await this.#courier.deliver(message, { blocks, signal });
    this.#options.supply?.attached(blocks);
    if (data) this.#tasks.add(this.#watch(data, sending, signal));
  }

  /** Follow a piece out of the client, where its timer starts. */
  async #watch(
    data: SegmentData,
    sending: Sending,
    signal: AbortSignal,
  ): Promise<void> {
    const departed = await this.#courier.follow(sending, signal);
    if (departed) this.#send.departed(data, this.#clock.now());
    else this.#send.failed(data);
    this.#ends.wake();
    this.#bell.ring();
  }

  /** Tell the peer that everything has arrived, and stay until it knows, for certain or in all likelihood. */
  async #sayGoodbye(signal: AbortSignal): Promise<void> {
    const { strongestStage } = this.#courier;
    const message = this.#finalSegment();
    const patience = AbortSignal.any([
      signal,
      AbortSignal.timeout(this.#options.idle),
    ]);
    const sending = await this.#courier.deliver(message, { signal: patience });
    await sending.reached(strongestStage, patience);
    if (strongestStage === "acked") return;
    const end = this.#clock.now() + LINGER;
    while (this.#clock.now() < end) {
      await this.#bell.wait({ deadline: end, signal });
      if (!this.#acks.isDue(this.#clock.now())) continue;
      this.#acks.told(this.#receive.acknowledgement().limit);
      await this.#courier.deliver(message, { signal });
    }
  }

  #finalSegment(): Bytes {
    const ack = this.#receive.acknowledgement();
    return encodeSegment({ id: this.id, accept: this.#accept, ack });
  }
}
