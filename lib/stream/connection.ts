import type { Clock } from "../async/clock.ts";
import { Doorbell } from "../async/doorbell.ts";
import { TaskSet } from "../async/tasks.ts";
import { NymError } from "../errors.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import { AckSchedule } from "./ack_schedule.ts";
import type { ConnectionOptions } from "./connection_options.ts";
import { Courier } from "./courier.ts";
import { StreamEnds } from "./ends.ts";
import { Farewell } from "./farewell.ts";
import type { LastWord } from "./graveyard.ts";
import { Outlet } from "./outlet.ts";
import { Patience } from "./patience.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";
import { resetError, resetFor } from "./reset.ts";
import { RoundTrip } from "./round_trip.ts";
import type {
  ResetReason,
  Segment,
  SegmentData,
  SegmentReset,
  StreamId,
} from "./segment.ts";
import { SendBuffer } from "./send_buffer.ts";
import type { NymStream, StreamProgress } from "./stream.ts";

/** Bytes that a side takes in before its reader has read them. */
const WINDOW = 2 * 1024 * 1024;

/** The same before both sides have heard each other: a stranger is given no more. */
const FIRST_WINDOW = 64 * 1024;

/** Bytes that wait to be cut into segments. */
const SEND_CAPACITY = 256 * 1024;

/** A {@linkcode NymStream} over messages: brings its parts together and lives until both directions have ended. */
export class StreamConnection implements NymStream {
  readonly id: StreamId;
  readonly opened: Promise<void>;
  readonly closed: Promise<void>;

  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  readonly #roundTrip = new RoundTrip();
  readonly #send = new SendBuffer({
    capacity: SEND_CAPACITY,
    limit: FIRST_WINDOW,
    roundTrip: this.#roundTrip,
  });
  readonly #receive = new ReceiveBuffer(FIRST_WINDOW);
  readonly #acks = new AckSchedule(FIRST_WINDOW);
  readonly #opening = Promise.withResolvers<void>();
  readonly #tasks = new TaskSet((error) => this.#giveUp(error));
  readonly #abort = new AbortController();
  readonly #bell: Doorbell;
  readonly #deliveryBell: Doorbell;
  readonly #patience: Patience;
  readonly #courier: Courier;
  readonly #outlet: Outlet;
  readonly #ends: StreamEnds;
  #reset: SegmentReset | undefined;
  #isOpen = false;
  #peerDone = false;

  /** Begin to live at once. */
  constructor(options: ConnectionOptions) {
    const { handshake, clock, supply } = options;
    this.id = handshake.identity.id;
    this.#options = options;
    this.#clock = clock;
    this.#courier = new Courier(options);
    this.#bell = new Doorbell(clock);
    this.#deliveryBell = new Doorbell(clock);
    this.#patience = new Patience(options, clock.now());
    this.#ends = new StreamEnds({
      send: this.#send,
      receive: this.#receive,
      clock,
      signal: this.#abort.signal,
      onChange: () => this.#changed(),
      onCancel: (what) => this.reset("cancelled", what),
    });
    this.#outlet = new Outlet({
      handshake,
      send: this.#send,
      receive: this.#receive,
      acks: this.#acks,
      patience: this.#patience,
      courier: this.#courier,
      supply,
      clock,
      bell: this.#bell,
      tasks: this.#tasks,
      onDeparture: () => this.#ends.wake(),
    });
    this.opened = this.#opening.promise;
    this.closed = this.#run();
    // Whoever cares awaits them: a stream that fails unwatched must not end the process.
    this.opened.catch(() => {});
    this.closed.catch(() => {});
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#ends.readable;
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#ends.writable;
  }

  get progress(): StreamProgress {
    return {
      ...this.#send.progress,
      received: this.#receive.arrived,
      roundTrip: this.#roundTrip.smoothed,
    };
  }

  /** Whether it has ended, well or not. */
  get over(): boolean {
    return this.#abort.signal.aborted;
  }

  /** What is left to say to a peer that still speaks when the stream is over; nothing if the peer has ended it. */
  get lastWord(): LastWord | undefined {
    const message = this.#reset
      ? this.#outlet.reset(this.#reset)
      : this.#isComplete
      ? this.#outlet.final()
      : undefined;
    return message && { target: this.#courier.target, message };
  }

  /** Take in a segment of this stream that came in a message of `size` bytes, from the sender with that tag. */
  handle(
    segment: Segment,
    { size, senderTag }: { size: number; senderTag?: SenderTag | undefined },
  ): void {
    const { handshake, supply } = this.#options;
    if (this.over || !handshake.believes(segment)) return;
    const now = this.#clock.now();
    this.#courier.heardFrom(senderTag);
    this.#patience.heard(now, handshake);
    const late = (segment.data?.offset ?? Infinity) < this.#receive.reach;
    supply?.spent({ size, late, now });
    if (segment.reset) return this.fail(resetError(segment.reset));
    if (handshake.opened) this.#opened();
    try {
      if (segment.ack) this.#send.acknowledge(segment.ack, now);
      if (segment.data) this.#takeIn(segment.data, now);
    } catch (error) {
      if (!(error instanceof NymError)) throw error;
      this.#tasks.add(this.reset("protocol", error.message));
      return;
    }
    if (segment.probe) this.#acks.answer(now);
    this.#peerDone ||= segment.done ?? false;
    this.#ends.wake();
    this.#deliveryBell.ring();
    this.#bell.ring();
  }

  async delivered(): Promise<void> {
    const { signal } = this.#abort;
    while (!this.#send.delivered) await this.#deliveryBell.wait({ signal });
  }

  /** End the stream without telling the peer. */
  fail(error: unknown): void {
    if (this.over) return;
    this.#opening.reject(error);
    this.#abort.abort(error);
    this.#ends.fail(error);
  }

  async reset(reason: ResetReason, text: string): Promise<void> {
    const reset = { reason, text };
    await this.#breakOff(resetError(reset, { byPeer: false }), reset);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isComplete) {
      await this.reset("cancelled", "the stream was let go");
    }
    await this.closed.catch(() => {});
    await this.#tasks.join();
  }

  get #isComplete(): boolean {
    return this.#send.complete && this.#receive.complete;
  }

  #opened(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#opening.resolve();
    this.#receive.widen(WINDOW);
    this.#changed();
  }

  #giveUp(error: unknown): void {
    // A peer that was never heard is not there to be told.
    if (!this.#isOpen) return this.fail(error);
    this.#tasks.add(this.#breakOff(error, resetFor(error)));
  }

  async #breakOff(error: unknown, reset: SegmentReset): Promise<void> {
    if (this.over) return;
    // A peer that has everything, and has sent everything, need not hear how this side ends.
    if (!this.#isComplete) this.#reset = reset;
    this.fail(error);
    if (this.#reset) await this.#courier.lastWord(this.#outlet.reset(reset));
  }

  #takeIn(data: SegmentData, now: number): void {
    const arrival = this.#receive.accept(data);
    if (arrival === "dropped") return;
    this.#acks.arrived(arrival === "new" ? data.payload.length : 0, now);
    // The peer waits for the end to be acknowledged, and for nothing else.
    if (arrival === "new" && this.#receive.complete) this.#acks.answer(now);
  }

  #changed(): void {
    const { limit } = this.#receive.acknowledgement();
    this.#acks.limitMoved(limit, this.#clock.now());
    this.#bell.ring();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    await Promise.resolve(); // The constructor comes to its end first.
    try {
      while (!this.#isComplete) await this.#outlet.step(signal);
      await new Farewell({
        outlet: this.#outlet,
        courier: this.#courier,
        acks: this.#acks,
        receive: this.#receive,
        clock: this.#clock,
        bell: this.#bell,
        idle: this.#options.idle,
        peerDone: () => this.#peerDone,
      }).say(signal);
      this.#abort.abort();
      await this.#tasks.join();
    } catch (error) {
      this.#giveUp(error);
      throw error;
    }
  }
}
