import type { Clock } from "../async/clock.ts";
import type { Doorbell } from "../async/doorbell.ts";
import type { TaskSet } from "../async/tasks.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { Sending } from "../mailbox/mailbox.ts";
import type { AckSchedule } from "./ack_schedule.ts";
import { type BlockSupply, fullPayload } from "./block_supply.ts";
import type { Courier } from "./courier.ts";
import { encodeSegment } from "./encode_segment.ts";
import type { Handshake } from "./handshake.ts";
import type { Patience } from "./patience.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";
import {
  PROOF_SIZE,
  type SegmentData,
  segmentOverhead,
  type SegmentReset,
} from "./segment.ts";
import type { SendBuffer } from "./send_buffer.ts";

/** The parts of a stream that have something to say. */
export interface OutletParts {
  readonly handshake: Handshake;
  readonly send: SendBuffer;
  readonly receive: ReceiveBuffer;
  readonly acks: AckSchedule;
  readonly patience: Patience;
  readonly courier: Courier;
  readonly supply: BlockSupply | undefined;
  readonly clock: Clock;
  /** Rings when there may be something to say. */
  readonly bell: Doorbell;
  /** Messages that are followed on their way. */
  readonly tasks: TaskSet;
  /** A message has left: there is room for another. */
  readonly onDeparture: () => void;
}

/** Where the segments of a stream are made: says everything that is due in as few of them as possible. */
export class Outlet {
  readonly #parts: OutletParts;

  /** Speak for these parts. */
  constructor(parts: OutletParts) {
    this.#parts = parts;
  }

  /** Send the segment that is due now, or wait until one may be. */
  async step(signal: AbortSignal): Promise<void> {
    const { send, acks, patience, courier, supply, clock, bell } = this.#parts;
    const now = clock.now();
    patience.expects(send.expects, now);
    patience.check(now);
    if (now < courier.restUntil) {
      return await bell.wait({ deadline: courier.restUntil, signal });
    }
    if (!courier.hasRoom) {
      // What waits in the client is soon out of date: a departure rings.
      return await bell.wait({ deadline: patience.end, signal });
    }
    const question = patience.isQuestionDue(now);
    if (question) supply?.doubt();
    const blocks = supply?.toAttach() ?? 0;
    const data = send.next(this.#payloadSize(blocks), now);
    if (data || question || acks.isDue(now) || supply?.urgent) {
      return await this.#post(data, { blocks, question, signal });
    }
    const deadline = Math.min(
      send.deadline() ?? Infinity,
      acks.deadline ?? Infinity,
      patience.deadline,
    );
    await bell.wait({ deadline, signal });
  }

  /** The segment that says that all is well and nothing more will come. */
  final(): Bytes {
    const { handshake, receive } = this.#parts;
    const ack = receive.acknowledgement();
    return encodeSegment({ ...handshake.identity, ack, done: true });
  }

  /** The segment that ends the stream before its time. */
  reset(reset: SegmentReset): Bytes {
    const { id, answer, session } = this.#parts.handshake.identity;
    return encodeSegment({ id, answer, session, reset });
  }

  #payloadSize(blocks: number): number {
    const { handshake, receive, courier } = this.#parts;
    const ranges = receive.acknowledgement().ranges.length;
    const proof = handshake.opened ? 0 : PROOF_SIZE;
    const overhead = segmentOverhead(ranges) + proof;
    return fullPayload({ overhead, blocks, isReply: courier.isReplying });
  }

  /** Hand one segment to the client, with everything that is worth telling the peer now. */
  async #post(
    data: SegmentData | undefined,
    { blocks, question, signal }: {
      blocks: number;
      question: boolean;
      signal: AbortSignal;
    },
  ): Promise<void> {
    const { handshake, send, receive, acks, patience, courier, supply, clock } =
      this.#parts;
    const ack = receive.acknowledgement();
    const { identity } = handshake;
    // An acceptance asks the caller to say that it has heard it.
    const probe = question || identity.accept !== undefined;
    const message = encodeSegment({ ...identity, ack, data, probe });
    if (probe || identity.open) patience.asked(clock.now());
    acks.told(ack.limit);
    const sending = await courier.deliver(message, {
      blocks,
      deadline: patience.end,
      signal,
    });
    if (sending) {
      supply?.attached(blocks);
      this.#parts.tasks.add(this.#watch(data, sending, signal));
    } else {
      if (data) send.failed(data);
      acks.answer(clock.now());
    }
  }

  /** Follow a message out of the client, and a piece until the client does no more for it, where its timer starts. */
  async #watch(
    data: SegmentData | undefined,
    sending: Sending,
    signal: AbortSignal,
  ): Promise<void> {
    const { send, acks, courier, clock, bell, onDeparture } = this.#parts;
    const departed = await courier.follow(sending, signal);
    if (!departed) {
      if (data) send.failed(data);
      acks.answer(clock.now());
    } else if (data) send.departed(data, clock.now());
    onDeparture();
    bell.ring();
    if (!departed || !data) return;
    const isSafe = await courier.handedOver(sending, signal);
    if (isSafe) send.released(data, clock.now());
    else send.failed(data);
    bell.ring();
  }
}
