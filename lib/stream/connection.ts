import type { Clock } from "../async/clock.ts";
import { Doorbell } from "../async/doorbell.ts";
import { TaskSet } from "../async/tasks.ts";
import type { Bytes } from "../bytes/brand.ts";
import { ConnectionError, EXIT, NymError } from "../errors.ts";
import type { Sending, Stage } from "../mailbox/mailbox.ts";
import { AckSchedule } from "./ack_schedule.ts";
import { type BlockSupply, fullPayload } from "./block_supply.ts";
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
import { SendBuffer, type SendProgress } from "./send_buffer.ts";

/** Bytes that a side takes in before its reader has read them. */
const WINDOW = 2 * 1024 * 1024;

/** Bytes that a side sends before the peer has told its window. */
const FIRST_WINDOW = 64 * 1024;

/** Bytes that wait to be cut into segments. */
const SEND_CAPACITY = 256 * 1024;

/** Segments in the client that have not left: enough to keep it busy, few enough to stay in control. */
const MAX_UNFLUSHED = 4;

/** Segments in a row that the client could not send. */
const MAX_FAILURES = 5;

/** How long a side whose client cannot tell `acked` stays to repeat its last acknowledgement, in milliseconds. */
const LINGER = 5000;

/** How long a reset may take to leave, in milliseconds. */
const RESET_TIME = 5000;

/** What a stream needs to live. */
export interface ConnectionOptions {
  /** Which stream it is. */
  readonly id: StreamId;
  /** Hands a message to the client, with so many reply blocks. */
  readonly post: (
    message: Bytes,
    blocks: number,
    signal: AbortSignal,
  ) => Promise<Sending>;
  /** The strongest stage that the client tells. */
  readonly strongestStage: Stage;
  /** What opens the stream, repeated until the listener answers: the caller's proof. */
  readonly open?: Bytes | undefined;
  /** What accepts the stream: the listener's proof. */
  readonly accept?: Bytes | undefined;
  /** The caller's duty to keep the listener in reply blocks. */
  readonly supply?: BlockSupply | undefined;
  /** How long the peer may be silent, in milliseconds. */
  readonly idle: number;
  /** How long the listener may take to answer the opening, in milliseconds. */
  readonly openTimeout: number;
  /** Time. */
  readonly clock: Clock;
}

/** How far a stream has come. */
export interface StreamProgress extends SendProgress {
  /** Bytes read by the application or ready for it. */
  readonly received: number;
  /** The smoothed round trip in milliseconds. */
  readonly roundTrip: number | undefined;
}

/**
 * One ordered, reliable, two-way stream of bytes over messages. Closing the writable end tells the peer that no more will
 * come; the readable end closes where the peer's does. `closed` resolves when both directions have ended and are
 * acknowledged, and rejects when the stream was lost, so that a cut never looks like an end.
 */
export class StreamConnection implements AsyncDisposable {
  /** Which stream it is. */
  readonly id: StreamId;
  /** What the peer sends, in order. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What is sent to the peer. */
  readonly writable: WritableStream<Uint8Array>;
  /** Settles once when the stream is over. */
  readonly closed: Promise<void>;

  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  readonly #roundTrip = new RoundTrip();
  readonly #send: SendBuffer;
  readonly #receive = new ReceiveBuffer(WINDOW);
  readonly #acks: AckSchedule;
  readonly #tasks = new TaskSet((error) => this.#fail(error));
  readonly #abort = new AbortController();
  readonly #pumpBell: Doorbell;
  readonly #readBell: Doorbell;
  readonly #roomBell: Doorbell;
  #readController!: ReadableStreamDefaultController<Uint8Array>;
  #writeController!: WritableStreamDefaultController;
  #opened: boolean;
  #openAttempts = 0;
  #openDeadline = 0;
  #unflushed = 0;
  #failures = 0;
  #heardAt: number;
  #probedAt: number;
  #receivedBytes = 0;

  /** Begin to live at once. */
  constructor(options: ConnectionOptions) {
    this.id = options.id;
    this.#options = options;
    this.#clock = options.clock;
    this.#opened = options.open === undefined;
    this.#heardAt = this.#probedAt = this.#clock.now();
    this.#send = new SendBuffer({
      capacity: SEND_CAPACITY,
      limit: FIRST_WINDOW,
      roundTrip: this.#roundTrip,
    });
    this.#acks = new AckSchedule(this.#receive.acknowledgement().limit);
    this.#pumpBell = new Doorbell(this.#clock);
    this.#readBell = new Doorbell(this.#clock);
    this.#roomBell = new Doorbell(this.#clock);
    this.readable = new ReadableStream({
      start: (controller) => void (this.#readController = controller),
      pull: () => this.#pull(),
      cancel: () => this.reset("cancelled", "the reader has gone"),
    }, { highWaterMark: 0 });
    this.writable = new WritableStream({
      start: (controller) => void (this.#writeController = controller),
      write: (chunk) => this.#write(chunk),
      close: () => this.#finish(),
      abort: () => this.reset("cancelled", "the writer has gone"),
    });
    this.closed = this.#run();
    this.closed.catch(() => {}); // Whoever cares awaits it; a stream that fails alone must not end the process.
  }

  /** How far it has come. */
  get progress(): StreamProgress {
    return {
      ...this.#send.progress,
      received: this.#receivedBytes,
      roundTrip: this.#roundTrip.smoothed,
    };
  }

  /** Take in a segment of this stream that came in a message of `size` bytes. */
  handle(segment: Segment, size: number): void {
    if (this.#abort.signal.aborted) return;
    const now = this.#clock.now();
    this.#heardAt = this.#probedAt = now;
    this.#opened = true;
    this.#options.supply?.spent(size, now);
    try {
      if (segment.reset) return this.#fail(resetError(segment.reset));
      if (segment.ack) this.#send.acknowledge(segment.ack, now);
      if (segment.data) this.#takeIn(segment.data, now);
      if (segment.probe) this.#acks.answer(now);
    } catch (error) {
      this.#tasks.add(this.reset("protocol", (error as Error).message));
      return this.#fail(error);
    }
    this.#pumpBell.ring();
    this.#roomBell.ring();
  }

  /** End the stream at once and tell the peer why. */
  async reset(reason: ResetReason, text: string): Promise<void> {
    if (this.#abort.signal.aborted) return;
    this.#fail(resetError({ reason, text }, { byPeer: false }));
    const signal = AbortSignal.timeout(RESET_TIME);
    try {
      const message = encodeSegment({ id: this.id, reset: { reason, text } });
      const sending = await this.#options.post(message, 0, signal);
      await sending.reached(this.#flushStage, signal);
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

  get #flushStage(): Stage {
    return this.#options.strongestStage === "queued" ? "queued" : "flushed";
  }

  #takeIn(data: SegmentData, now: number): void {
    const arrival = this.#receive.accept(data);
    if (arrival === "new") this.#receivedBytes += data.payload.length;
    this.#acks.arrived(arrival === "new" ? data.payload.length : 0, now);
    if (this.#receive.complete || arrival === "duplicate") {
      this.#acks.answer(now);
    }
    this.#readBell.ring();
  }

  async #pull(): Promise<void> {
    while (this.#receive.readable === 0 && !this.#receive.drained) {
      await this.#readBell.wait({ signal: this.#abort.signal });
    }
    for (const chunk of this.#receive.read()) {
      this.#readController.enqueue(chunk);
    }
    if (this.#receive.drained) this.#readController.close();
    this.#acks.limitMoved(
      this.#receive.acknowledgement().limit,
      this.#clock.now(),
    );
    this.#pumpBell.ring();
  }

  async #write(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      while (this.#send.room === 0) {
        await this.#roomBell.wait({ signal: this.#abort.signal });
      }
      const part = rest.subarray(0, this.#send.room);
      // The buffer keeps it until it is acknowledged, and the writer may reuse its own.
      this.#send.write(part.slice());
      rest = rest.subarray(part.length);
      this.#pumpBell.ring();
    }
  }

  #finish(): void {
    this.#send.finish();
    this.#pumpBell.ring();
  }

  #fail(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort(error);
    // Either end may be over already: then nobody reads or writes there any more, and there is nobody to tell.
    for (const controller of [this.#readController, this.#writeController]) {
      try {
        controller.error(error);
      } catch (closed) {
        if (!(closed instanceof TypeError)) throw closed;
      }
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    await Promise.resolve(); // The constructor comes to its end first.
    try {
      while (!(this.#send.complete && this.#receive.complete)) {
        await this.#step(signal);
      }
      await this.#sayGoodbye(signal);
      await this.#tasks.join();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    this.#checkPatience(now);
    const blocks = this.#options.supply?.toAttach() ?? 0;
    const maxPayload = fullPayload({
      overhead: segmentOverhead(MAX_RANGES),
      blocks,
      isReply: this.#options.accept !== undefined,
    });
    const data = this.#unflushed < MAX_UNFLUSHED
      ? this.#send.next(maxPayload, now)
      : undefined;
    if (
      data || this.#acks.isDue(now) || this.#isOpeningDue(now) ||
      this.#isProbeDue(now) || this.#owesBlocks
    ) {
      return await this.#post(data, { blocks, now, signal });
    }
    const deadline = Math.min(
      this.#send.deadline() ?? Infinity,
      this.#acks.deadline ?? Infinity,
      this.#opened ? Infinity : this.#openDeadline,
      this.#probedAt + this.#options.idle / 3,
    );
    await this.#pumpBell.wait({ deadline, signal });
  }

  get #owesBlocks(): boolean {
    return this.#opened && this.#options.supply?.urgent === true;
  }

  #checkPatience(now: number): void {
    const { idle, openTimeout } = this.#options;
    const limit = this.#opened ? idle : openTimeout;
    if (now - this.#heardAt < limit) return;
    const seconds = Math.round(limit / 1000);
    throw new ConnectionError(
      this.#opened
        ? `Lost the other side of the pipe: silent for ${seconds} s`
        : `Cannot open the pipe: no answer from the listener in ${seconds} s`,
      {
        exitCode: EXIT.lost,
        mayArrive: true,
        hint: this.#opened
          ? "Check that the other side still runs; --idle sets how long it may be silent"
          : "Check that `nymwire pipe --listen` runs at that address with the same --code-file",
      },
    );
  }

  #isOpeningDue(now: number): boolean {
    return !this.#opened && now >= this.#openDeadline;
  }

  #isProbeDue(now: number): boolean {
    return this.#opened && now >= this.#probedAt + this.#options.idle / 3;
  }

  /** Hand one segment to the client, with everything that is worth telling the peer now. */
  async #post(
    data: SegmentData | undefined,
    options: { blocks: number; now: number; signal: AbortSignal },
  ): Promise<void> {
    const { blocks, now, signal } = options;
    const probe = this.#isProbeDue(now);
    if (probe) this.#probedAt = now;
    if (!this.#opened) {
      this.#openDeadline = now + this.#roundTrip.timeout(++this.#openAttempts);
    }
    const ack = this.#receive.acknowledgement();
    this.#acks.told(ack.limit);
    const message = encodeSegment({
      id: this.id,
      open: this.#opened ? undefined : this.#options.open,
      accept: this.#options.accept,
      ack,
      data,
      probe,
    });
    const sending = await this.#options.post(message, blocks, signal);
    this.#options.supply?.attached(blocks);
    if (data) this.#tasks.add(this.#watch(data, sending, signal));
  }

  /** Follow a piece out of the client, where its timer starts. */
  async #watch(
    data: SegmentData,
    sending: Sending,
    signal: AbortSignal,
  ): Promise<void> {
    this.#unflushed++;
    try {
      await sending.reached(this.#flushStage, signal);
      this.#failures = 0;
      this.#send.departed(data, this.#clock.now());
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof NymError) || ++this.#failures >= MAX_FAILURES) {
        throw error;
      }
      this.#send.failed(data);
    } finally {
      this.#unflushed--;
      this.#pumpBell.ring();
      this.#roomBell.ring();
    }
  }

  /** Tell the peer that everything has arrived, and stay until that is certain or likely. */
  async #sayGoodbye(signal: AbortSignal): Promise<void> {
    const message = encodeSegment({
      id: this.id,
      accept: this.#options.accept,
      ack: this.#receive.acknowledgement(),
    });
    const patience = AbortSignal.any([
      signal,
      AbortSignal.timeout(this.#options.idle),
    ]);
    const sending = await this.#options.post(message, 0, patience);
    await sending.reached(this.#options.strongestStage, patience);
    if (this.#options.strongestStage === "acked") return;
    const end = this.#clock.now() + LINGER;
    while (this.#clock.now() < end) {
      await this.#pumpBell.wait({ deadline: end, signal });
      if (this.#acks.isDue(this.#clock.now())) {
        this.#acks.told(this.#receive.acknowledgement().limit);
        await this.#options.post(message, 0, signal);
      }
    }
  }
}
