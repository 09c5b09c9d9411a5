import type { Brand, Bytes } from "../bytes/brand.ts";
import { ByteReader } from "../bytes/reader.ts";
import { ByteWriter } from "../bytes/writer.ts";
import { DecodeError } from "../errors.ts";
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

const FLAG = {
  open: 1,
  accept: 2,
  ack: 4,
  data: 8,
  fin: 16,
  reset: 32,
  probe: 64,
} as const;
const ALL_FLAGS = 127;
const HEAD_SIZE = SEGMENT_MAGIC.length + 1 + 1 + STREAM_ID_SIZE;
const OFFSET_SIZE = 8;
const RANGE_SIZE = 2 * OFFSET_SIZE;
const ACK_SIZE = 2 * OFFSET_SIZE + 1;

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
export const RESET_REASON = {
  cancelled: 0,
  full: 1,
  unknownStream: 2,
  protocol: 3,
  idle: 4,
  version: 5,
  failed: 6,
} as const;

/** One of the meanings in {@linkcode RESET_REASON}. */
export type ResetReason = keyof typeof RESET_REASON;

/** What one side has received. */
export interface Acknowledgement {
  /** Every byte before this offset has arrived. */
  readonly received: number;
  /** The peer may send up to this offset. */
  readonly limit: number;
  /** What arrived beyond `received`, in rising order, at most {@linkcode MAX_RANGES}. */
  readonly ranges: readonly ByteRange[];
}

/** A piece of a stream as it travels: one message. All parts but the id are optional; at least one is there. */
export interface Segment {
  /** Which stream. */
  readonly id: StreamId;
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
  /** The stream is over without having ended. */
  readonly reset?:
    | { readonly reason: ResetReason; readonly text: string }
    | undefined;
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

/** Whether a message is a segment, of whatever version. */
export function isSegment(message: Uint8Array): boolean {
  return message.length > SEGMENT_MAGIC.length &&
    SEGMENT_MAGIC.every((byte, index) => message[index] === byte);
}

/** Bytes around the payload of a segment that carries data and an acknowledgement with `ranges` ranges. */
export function segmentOverhead(ranges = 0): number {
  return HEAD_SIZE + ACK_SIZE + ranges * RANGE_SIZE + OFFSET_SIZE;
}

/**
 * Write a segment: `magic(8) ‖ version(1) ‖ flags(1) ‖ id(16)`, then by flag, in this order: proof(32) of an opening, proof(32)
 * of an acceptance, `received(8) ‖ limit(8) ‖ count(1) ‖ count × (start(8) ‖ end(8))`, `reason(1) ‖ text`, `offset(8) ‖ payload`.
 * Numbers are big-endian; `docs/pipe.md` has the whole format.
 */
export function encodeSegment(
  { id, open, accept, ack, data, probe, reset }: Segment,
): Bytes {
  const text = reset &&
    new TextEncoder().encode(reset.text).subarray(0, MAX_RESET_TEXT);
  const size = HEAD_SIZE + (open?.length ?? 0) + (accept?.length ?? 0) +
    (ack ? ACK_SIZE + ack.ranges.length * RANGE_SIZE : 0) +
    (text ? 1 + text.length : 0) +
    (data ? OFFSET_SIZE + data.payload.length : 0);
  const flags = (open ? FLAG.open : 0) | (accept ? FLAG.accept : 0) |
    (ack ? FLAG.ack : 0) |
    (data && data.payload.length > 0 ? FLAG.data : 0) |
    (data?.fin ? FLAG.fin : 0) |
    (reset ? FLAG.reset : 0) | (probe ? FLAG.probe : 0);
  const writer = new ByteWriter(size).bytes(SEGMENT_MAGIC).u8(SEGMENT_VERSION)
    .u8(flags).bytes(id);
  if (open) writer.bytes(open);
  if (accept) writer.bytes(accept);
  if (ack) {
    writer.u64(BigInt(ack.received)).u64(BigInt(ack.limit)).u8(
      ack.ranges.length,
    );
    for (const { start, end } of ack.ranges) {
      writer.u64(BigInt(start)).u64(BigInt(end));
    }
  }
  if (reset) writer.u8(RESET_REASON[reset.reason]).bytes(text!);
  if (data) writer.u64(BigInt(data.offset)).bytes(data.payload);
  return writer.done();
}

/** A segment of a version that is not spoken here: enough of it to refuse it. */
export class SegmentVersionError extends DecodeError {
  override name = "SegmentVersionError";
  /** Which stream it belongs to: the head is the same in every version. */
  readonly streamId: StreamId;

  /** Name the version that arrived. */
  constructor(version: number, streamId: StreamId) {
    super(
      `Cannot decode stream segment: version ${version}, this side speaks ${SEGMENT_VERSION}`,
      {
        hint: "Bring both sides to the same version of nymwire",
      },
    );
    this.streamId = streamId;
  }
}

/**
 * Read a segment.
 *
 * @throws {SegmentVersionError} If it is of another version.
 * @throws {DecodeError} If it is malformed.
 */
export function decodeSegment(message: Uint8Array): Segment {
  const reader = new ByteReader(message, "stream segment");
  if (!isSegment(message)) {
    throw new DecodeError("Cannot decode stream segment: it starts otherwise");
  }
  reader.bytes(SEGMENT_MAGIC.length, "magic");
  const version = reader.u8("version");
  const flags = reader.u8("flags");
  const id = reader.bytes(STREAM_ID_SIZE, "stream id") as StreamId;
  if (version !== SEGMENT_VERSION) throw new SegmentVersionError(version, id);
  const has = (flag: number) => (flags & flag) !== 0;
  const hasData = has(FLAG.data) || has(FLAG.fin);
  if (
    flags === 0 || flags > ALL_FLAGS || (has(FLAG.open) && has(FLAG.accept)) ||
    (has(FLAG.reset) && hasData)
  ) {
    throw new DecodeError(
      `Cannot decode stream segment: flags ${flags} do not go together`,
    );
  }
  const open = has(FLAG.open) ? reader.bytes(PROOF_SIZE, "proof") : undefined;
  const accept = has(FLAG.accept)
    ? reader.bytes(PROOF_SIZE, "proof")
    : undefined;
  const ack = has(FLAG.ack) ? readAck(reader) : undefined;
  const reset = has(FLAG.reset) ? readReset(reader) : undefined;
  const data = hasData
    ? readData(reader, { bytes: has(FLAG.data), fin: has(FLAG.fin) })
    : undefined;
  reader.end();
  return { id, open, accept, ack, data, probe: has(FLAG.probe), reset };
}

function readAck(reader: ByteReader): Acknowledgement {
  const received = readOffset(reader, "received");
  const limit = readOffset(reader, "limit");
  const count = reader.u8("range count");
  if (limit < received || count > MAX_RANGES) {
    throw new DecodeError(
      `Cannot decode stream segment: limit ${limit} at ${received} with ${count} ranges`,
    );
  }
  const ranges: ByteRange[] = [];
  for (let last = received; ranges.length < count; last = ranges.at(-1)!.end) {
    const range = {
      start: readOffset(reader, "range start"),
      end: readOffset(reader, "range end"),
    };
    // Each range begins behind a gap and holds something, so that a range says one thing in one way.
    if (range.start <= last || range.end <= range.start) {
      throw new DecodeError(
        `Cannot decode stream segment: range ${range.start}-${range.end} after ${last}`,
      );
    }
    ranges.push(range);
  }
  return { received, limit, ranges };
}

function readReset(reader: ByteReader): { reason: ResetReason; text: string } {
  const code = reader.u8("reset reason");
  const reason = (Object.keys(RESET_REASON) as ResetReason[]).find((name) =>
    RESET_REASON[name] === code
  );
  if (reason === undefined) {
    throw new DecodeError(
      `Cannot decode stream segment: unknown reset reason ${code}`,
    );
  }
  if (reader.remaining > MAX_RESET_TEXT) {
    throw new DecodeError(
      `Cannot decode stream segment: reset text of ${reader.remaining} bytes`,
    );
  }
  return { reason, text: new TextDecoder().decode(reader.rest()) };
}

function readData(
  reader: ByteReader,
  { bytes, fin }: { bytes: boolean; fin: boolean },
): SegmentData {
  const offset = readOffset(reader, "offset");
  const payload = reader.rest();
  if (
    bytes !== payload.length > 0 ||
    offset + payload.length > Number.MAX_SAFE_INTEGER
  ) {
    throw new DecodeError(
      `Cannot decode stream segment: ${payload.length} bytes of payload at ${offset}`,
    );
  }
  return { offset, payload, fin };
}

function readOffset(reader: ByteReader, field: string): number {
  const value = reader.u64(field);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new DecodeError(
      `Cannot decode stream segment: ${field} ${value} is out of bounds`,
    );
  }
  return Number(value);
}
