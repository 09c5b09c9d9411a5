import { assert, assertEquals } from "@std/assert";
import { ProtocolError } from "../../../lib/errors.ts";
import { ReceiveBuffer } from "../../../lib/stream/receive_buffer.ts";
import { RoundTrip } from "../../../lib/stream/round_trip.ts";
import { decodeSegment } from "../../../lib/stream/decode_segment.ts";
import { encodeSegment } from "../../../lib/stream/encode_segment.ts";
import {
  type Acknowledgement,
  type Segment,
  type SegmentData,
  StreamId,
} from "../../../lib/stream/segment.ts";
import { SendBuffer } from "../../../lib/stream/send_buffer.ts";
import type { FuzzRandom } from "../fuzz_random.ts";
import { mutateBytes } from "../mutate_bytes.ts";
import { type FuzzTarget, fuzzTarget } from "../target.ts";

const WINDOW = 1000;

/** What the peer of a stream sends, and what it does to the buffers on this side. */
export function streamTargets(): FuzzTarget[] {
  const segments = segmentsOf().map(encodeSegment);
  return [
    fuzzTarget({
      name: "stream segments",
      draw: (random) => mutateBytes(random, segments),
      feed(bytes) {
        const segment = decodeSegment(bytes);
        const again = decodeSegment(encodeSegment(segment));
        assertEquals(again.ack, segment.ack);
        assertEquals(again.data, segment.data);
      },
    }),
    fuzzTarget({
      name: "stream: received pieces",
      draw: (random) => Array.from({ length: 12 }, () => drawPiece(random)),
      feed(pieces) {
        const buffer = new ReceiveBuffer(WINDOW);
        let read = 0;
        for (const piece of pieces) {
          buffer.accept(piece);
          assert(buffer.arrived <= read + WINDOW);
          assert(buffer.readable <= WINDOW);
          if (piece.offset % 3 === 0) {
            for (const chunk of buffer.read()) read += chunk.length;
          }
          const { received, limit, ranges } = buffer.acknowledgement();
          assert(received <= limit && limit === read + WINDOW + 1);
          assert(ranges.every(({ start, end }) => start < end));
        }
      },
      errors: [ProtocolError],
    }),
    fuzzTarget({
      name: "stream: acknowledgements",
      draw: (random) => Array.from({ length: 6 }, () => drawAck(random)),
      feed(acks) {
        const roundTrip = new RoundTrip();
        const buffer = new SendBuffer({
          capacity: WINDOW,
          limit: WINDOW,
          roundTrip,
        });
        buffer.write(new Uint8Array(700));
        buffer.finish();
        acks.forEach((ack, now) => {
          const piece = buffer.next(100, now);
          if (piece !== undefined) buffer.departed(piece, now);
          buffer.acknowledge(ack, now);
          assert(buffer.progress.acknowledged <= buffer.progress.written);
        });
      },
      errors: [ProtocolError],
    }),
  ];
}

function segmentsOf(): Segment[] {
  const id = StreamId(new Uint8Array(16).fill(3));
  const proof = new Uint8Array(32).fill(4);
  const payload = new Uint8Array(30).fill(5);
  const ack = {
    received: 100,
    limit: 2000,
    ranges: [{ start: 200, end: 300 }, { start: 400, end: 500 }],
  };
  const caller = { id, answer: false, session: 7 };
  const listener = { id, answer: true, session: 7 };
  const end = { offset: 2 ** 50, payload: new Uint8Array(0), fin: true };
  return [
    {
      ...caller,
      session: 0,
      open: proof,
      data: { offset: 0, payload, fin: false },
    },
    { ...listener, accept: proof, ack },
    { ...caller, ack, data: { offset: 700, payload, fin: true }, probe: true },
    { ...listener, data: end },
    { ...caller, ack, done: true },
    { ...listener, ack, reset: { reason: "failed", text: "no more" } },
  ];
}

function drawPiece(random: FuzzRandom): SegmentData {
  const length = random.below(random.chance(0.9) ? 60 : 1200);
  return {
    offset: random.below(random.chance(0.95) ? 400 : 2 ** 32),
    payload: new Uint8Array(length),
    fin: random.chance(0.03),
  };
}

function drawAck(random: FuzzRandom): Acknowledgement {
  const received = random.below(random.chance(0.95) ? 300 : 2 ** 32);
  const start = received + 1 + random.below(100);
  return {
    received,
    limit: received + random.below(2 ** 32),
    ranges: random.chance(0.5)
      ? [{ start, end: start + 1 + random.below(100) }]
      : [],
  };
}
