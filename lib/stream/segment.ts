import type { Brand, Bytes } from "../bytes/brand.ts";
import type { ByteRange } from "./ranges.ts";

/** First bytes of every segment: `F1` never starts valid UTF-8 before a letter, so no text message looks like one. */
export const SEGMENT_MAGIC: Bytes = new Uint8Array([
  0xf1,
  0x6e,
  0x79,
  0x6d,
  0x70,
  0x69,
  0x70,
  0x65,
]);

/** The version that is written and read here. */
export const SEGMENT_VERSION = 1;

/** Bytes of a stream id. */
export const STREAM_ID_SIZE = 16;

/** Bytes of a proof (an HMAC-SHA256). */
export const PROOF_SIZE = 32;

/** The most ranges that one acknowledgement names. */
export const MAX_RANGES = 16;

/** The longest explanation of a reset, in bytes of UTF-8. */
export const MAX_RESET_TEXT = 200;

/** Bits of the flags. */
export const FLAG = {
  open: 0x0001,
  accept: 0x0002,
  ack: 0x0004,
  data: 0x0008,
  fin: 0x0010,
  reset: 0x0020,
  probe: 0x0040,
  done: 0x0080,
  answer: 0x0100,
} as const;

/** Bytes of an offset. */
export const OFFSET_SIZE = 8;

/** Bytes of a range: two offsets. */
export const RANGE_SIZE: number = 2 * OFFSET_SIZE;

/** Bytes of an acknowledgement without ranges: two offsets and the number of ranges. */
export const ACK_SIZE: number = 2 * OFFSET_SIZE + 1;

/** Bytes before the first part: magic, version, flags, stream id, session. The same in every version to come. */
export const HEAD_SIZE: number = SEGMENT_MAGIC.length + 1 + 2 + STREAM_ID_SIZE +
  4;

/** Names a stream among all others: 16 random bytes drawn by the caller, so that no stranger can speak in its name. */
export type StreamId = Brand<Bytes, "StreamId">;

/** Take 16 bytes for a stream id. */
export function StreamId(bytes: Uint8Array): StreamId {
  if (bytes.length !== STREAM_ID_SIZE) {
    throw new RangeError(
      `Cannot make stream id: need ${STREAM_ID_SIZE} bytes, have ${bytes.length}`,
    );
  }
  return bytes.slice() as StreamId;
}

/** Why a stream was reset. */
export type ResetReason =
  | "cancelled"
  | "full"
  | "unknownStream"
  | "protocol"
  | "idle"
  | "version"
  | "failed";

/** The byte that stands for each reason. */
export const RESET_REASON: Readonly<Record<ResetReason, number>> = {
  cancelled: 0,
  full: 1,
  unknownStream: 2,
  protocol: 3,
  idle: 4,
  version: 5,
  failed: 6,
};

/** What one side has received. */
export interface Acknowledgement {
  /** Every byte before this offset has arrived. */
  readonly received: number;
  /** The peer may send up to this offset. */
  readonly limit: number;
  /** What arrived beyond `received`, in rising order, at most {@linkcode MAX_RANGES}. */
  readonly ranges: readonly ByteRange[];
}

/** What every segment begins with. */
export interface SegmentHead {
  /** Which stream. */
  readonly id: StreamId;
  /** Whether the listener speaks; otherwise the caller does. */
  readonly answer: boolean;
  /**
   * A number below 2^32 that the listener's process has drawn, 0 before the caller knows it: tells the streams of two
   * listeners at one address apart.
   */
  readonly session: number;
}

/** A piece of a stream as it travels: one message. At least one of the parts is there. */
export interface Segment extends SegmentHead {
  /** From the caller: the stream begins. 32 bytes that prove the code, or zeros. */
  readonly open?: Bytes | undefined;
  /** From the listener: the stream is accepted. 32 bytes that prove the code, or zeros. */
  readonly accept?: Bytes | undefined;
  /** What the sender of the segment has received. */
  readonly ack?: Acknowledgement | undefined;
  /** Bytes of the stream, or its end. */
  readonly data?: SegmentData | undefined;
  /** Whether an acknowledgement is asked for, to see that the peer is there. @default false */
  readonly probe?: boolean | undefined;
  /** Whether the sender of the segment has sent and received everything, and knows it: it needs nothing more. @default false */
  readonly done?: boolean | undefined;
  /** The stream is over without having ended. */
  readonly reset?: SegmentReset | undefined;
}

/** Bytes of a stream at their place. */
export interface SegmentData {
  /** Offset of the first byte. */
  readonly offset: number;
  /** The bytes; empty only at the end. */
  readonly payload: Uint8Array;
  /** Whether the stream ends behind the payload. */
  readonly fin: boolean;
}

/** Why a stream is over without having ended. */
export interface SegmentReset {
  /** In short. */
  readonly reason: ResetReason;
  /** In the words of whoever sent it: at most {@linkcode MAX_RESET_TEXT} bytes of UTF-8 are kept. */
  readonly text: string;
}

/** Whether a message is a segment, of whatever version. */
export function isSegment(message: Uint8Array): boolean {
  return message.length > SEGMENT_MAGIC.length &&
    SEGMENT_MAGIC.every((byte, index) => message[index] === byte);
}

/** Bytes around the payload of a segment that carries data and an acknowledgement with `ranges` ranges. */
export function segmentOverhead(ranges: number): number {
  return HEAD_SIZE + ACK_SIZE + ranges * RANGE_SIZE + OFFSET_SIZE;
}
