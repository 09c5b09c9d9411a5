import type { Bytes } from "../bytes/brand.ts";
import { ByteWriter } from "../bytes/writer.ts";
import {
  ACK_SIZE,
  type Acknowledgement,
  FLAG,
  HEAD_SIZE,
  MAX_RESET_TEXT,
  OFFSET_SIZE,
  RANGE_SIZE,
  RESET_REASON,
  type Segment,
  SEGMENT_MAGIC,
  SEGMENT_VERSION,
} from "./segment.ts";

/**
 * Write a segment: `magic(8) ‖ version(1) ‖ flags(2) ‖ id(16) ‖ session(4)`, then by flag, in this order: proof(32) of an
 * opening, proof(32) of an acceptance, `received(8) ‖ limit(8) ‖ count(1) ‖ count × (start(8) ‖ end(8))`, `reason(1) ‖ text`,
 * `offset(8) ‖ payload`. Numbers are big-endian; `docs/pipe.md` has the whole format.
 */
export function encodeSegment(segment: Segment): Bytes {
  const { id, session, open, accept, ack, data, reset } = segment;
  const text = reset && cutText(reset.text);
  const size = HEAD_SIZE + (open?.length ?? 0) + (accept?.length ?? 0) +
    (ack ? ACK_SIZE + ack.ranges.length * RANGE_SIZE : 0) +
    (text ? 1 + text.length : 0) +
    (data ? OFFSET_SIZE + data.payload.length : 0);
  const writer = new ByteWriter(size)
    .bytes(SEGMENT_MAGIC)
    .u8(SEGMENT_VERSION)
    .u16(flagsOf(segment))
    .bytes(id)
    .u32(session);
  if (open) writer.bytes(open);
  if (accept) writer.bytes(accept);
  if (ack) writeAck(writer, ack);
  if (reset) writer.u8(RESET_REASON[reset.reason]).bytes(text!);
  if (data) writer.u64(BigInt(data.offset)).bytes(data.payload);
  return writer.done();
}

function flagsOf(
  { answer, open, accept, ack, data, probe, done, reset }: Segment,
): number {
  return (open ? FLAG.open : 0) |
    (accept ? FLAG.accept : 0) |
    (ack ? FLAG.ack : 0) |
    (data && data.payload.length > 0 ? FLAG.data : 0) |
    (data?.fin ? FLAG.fin : 0) |
    (reset ? FLAG.reset : 0) |
    (probe ? FLAG.probe : 0) |
    (done ? FLAG.done : 0) |
    (answer ? FLAG.answer : 0);
}

function writeAck(
  writer: ByteWriter,
  { received, limit, ranges }: Acknowledgement,
): void {
  writer.u64(BigInt(received)).u64(BigInt(limit)).u8(ranges.length);
  for (const { start, end } of ranges) {
    writer.u64(BigInt(start)).u64(BigInt(end));
  }
}

/** As much of a text as fits, cut between characters. */
function cutText(text: string): Uint8Array {
  const bytes = new Uint8Array(MAX_RESET_TEXT);
  const { written } = new TextEncoder().encodeInto(text, bytes);
  return bytes.subarray(0, written);
}
