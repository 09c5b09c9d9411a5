import { ByteReader } from "../bytes/reader.ts";
import { DecodeError } from "../errors.ts";
import type { ByteRange } from "./ranges.ts";
import {
  type Acknowledgement,
  FLAG,
  isSegment,
  MAX_RANGES,
  MAX_RESET_TEXT,
  PROOF_SIZE,
  RESET_REASON,
  type ResetReason,
  type Segment,
  SEGMENT_MAGIC,
  SEGMENT_VERSION,
  type SegmentData,
  type SegmentReset,
  STREAM_ID_SIZE,
  StreamId,
} from "./segment.ts";

/** Every flag there is. */
const ALL_FLAGS = Object.values(FLAG).reduce((all, flag) => all | flag, 0);

/** A segment says at least one of these things. */
const CONTENT = FLAG.open | FLAG.accept | FLAG.ack | FLAG.data | FLAG.fin |
  FLAG.reset;

/** A segment of a version that is not spoken here: enough of it to refuse it. */
export class SegmentVersionError extends DecodeError {
  override name = "SegmentVersionError";
  /** Which stream it belongs to: the head is the same in every version. */
  readonly streamId: StreamId;
  /** Whether the listener speaks. */
  readonly answer: boolean;

  /** Name the version that arrived. */
  constructor(version: number, head: { id: StreamId; answer: boolean }) {
    super(
      `Cannot decode stream segment: version ${version}, this side speaks ${SEGMENT_VERSION}`,
      {
        hint: "Bring both sides to the same version of nymwire",
      },
    );
    this.streamId = head.id;
    this.answer = head.answer;
  }
}

/**
 * Read a segment.
 *
 * @throws {SegmentVersionError} If it is of another version.
 * @throws {DecodeError} If it is malformed.
 */
export function decodeSegment(message: Uint8Array): Segment {
  if (!isSegment(message)) {
    throw new DecodeError("Cannot decode stream segment: it starts otherwise");
  }
  const reader = new ByteReader(message, "stream segment");
  reader.bytes(SEGMENT_MAGIC.length, "magic");
  const version = reader.u8("version");
  const flags = reader.u16("flags");
  const id = StreamId(reader.bytes(STREAM_ID_SIZE, "stream id"));
  const session = reader.u32("session");
  const has = (flag: number) => (flags & flag) !== 0;
  const answer = has(FLAG.answer);
  if (version !== SEGMENT_VERSION) {
    throw new SegmentVersionError(version, { id, answer });
  }
  checkFlags(flags, session);
  const open = has(FLAG.open) ? reader.bytes(PROOF_SIZE, "proof") : undefined;
  const accept = has(FLAG.accept)
    ? reader.bytes(PROOF_SIZE, "proof")
    : undefined;
  const ack = has(FLAG.ack) ? readAck(reader) : undefined;
  const reset = has(FLAG.reset) ? readReset(reader) : undefined;
  const data = has(FLAG.data | FLAG.fin)
    ? readData(reader, { bytes: has(FLAG.data), fin: has(FLAG.fin) })
    : undefined;
  reader.end();
  return {
    id,
    answer,
    session,
    open,
    accept,
    ack,
    data,
    probe: has(FLAG.probe),
    done: has(FLAG.done),
    reset,
  };
}

function checkFlags(flags: number, session: number): void {
  const has = (flag: number) => (flags & flag) !== 0;
  const isSound = (flags & ~ALL_FLAGS) === 0 && has(CONTENT) &&
    !(has(FLAG.open) && (has(FLAG.answer) || session !== 0)) &&
    !(has(FLAG.accept) && !has(FLAG.answer)) &&
    !(has(FLAG.reset) && has(FLAG.data | FLAG.fin)) &&
    !(has(FLAG.done) && !has(FLAG.ack));
  if (isSound) return;
  throw new DecodeError(
    `Cannot decode stream segment: flags ${flags} of session ${session} do not go together`,
  );
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

function readReset(reader: ByteReader): SegmentReset {
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
    offset + payload.length >= Number.MAX_SAFE_INTEGER
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
