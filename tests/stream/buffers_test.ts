import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concat } from "../../lib/bytes/concat.ts";
import { ProtocolError } from "../../lib/errors.ts";
import {
  addRange,
  type ByteRange,
  missingFrom,
} from "../../lib/stream/ranges.ts";
import { ReceiveBuffer } from "../../lib/stream/receive_buffer.ts";
import { RoundTrip } from "../../lib/stream/round_trip.ts";
import type { SegmentData } from "../../lib/stream/segment.ts";
import { SendBuffer } from "../../lib/stream/send_buffer.ts";

const bytes = (...values: number[]) => new Uint8Array(values);
const piece = (offset: number, values: number[]): SegmentData => ({
  offset,
  payload: bytes(...values),
  fin: false,
});
const lastPiece = (offset: number, values: number[]): SegmentData => ({
  ...piece(offset, values),
  fin: true,
});
const sender = (options: { capacity?: number; limit?: number } = {}) =>
  new SendBuffer({
    capacity: 100,
    limit: 100,
    roundTrip: new RoundTrip({ min: 10 }),
    ...options,
  });

Deno.test("addRange() and missingFrom() agree with a set of offsets", () => {
  const range = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 9 }))
    .map(([start, length]): ByteRange => ({ start, end: start + length }));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), range, (added, asked) => {
      const known = new Set<number>();
      let ranges: ByteRange[] = [];
      for (const one of added) {
        ranges = addRange(ranges, one);
        for (let i = one.start; i < one.end; i++) known.add(i);
      }
      const offsets = ranges.flatMap(({ start, end }) =>
        Array.from({ length: end - start }, (_, i) => start + i)
      );
      assertEquals(offsets, [...known].sort((a, b) => a - b));
      const missing = missingFrom(ranges, asked)
        .flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, i) => start + i)
        );
      const expected = Array.from(
        { length: asked.end - asked.start },
        (_, i) => asked.start + i,
      )
        .filter((offset) => !known.has(offset));
      assertEquals(missing, expected);
    }),
  );
});

Deno.test("ReceiveBuffer puts pieces in order and hands each byte out once", () => {
  const buffer = new ReceiveBuffer(100);
  assertEquals(buffer.accept(piece(2, [3, 4])), "new");
  assertEquals(buffer.read(), []);
  assertEquals(buffer.acknowledgement().ranges, [{ start: 2, end: 4 }]);
  assertEquals(buffer.accept(piece(0, [1, 2, 3])), "new");
  assertEquals(buffer.accept(piece(1, [2, 3])), "duplicate");
  assertEquals(concat(...buffer.read()), bytes(1, 2, 3, 4));
  assertEquals(buffer.acknowledgement(), {
    received: 4,
    limit: 105,
    ranges: [],
  });
});

Deno.test("ReceiveBuffer counts the end as one byte more", () => {
  const buffer = new ReceiveBuffer(10);
  assertEquals(buffer.accept(lastPiece(2, [])), "new");
  assertFalse(buffer.complete);
  assertEquals(buffer.accept(piece(0, [1, 2])), "new");
  assert(buffer.complete);
  assertFalse(buffer.drained);
  assertEquals(buffer.acknowledgement().received, 3);
  assertEquals(buffer.accept(lastPiece(2, [])), "duplicate");
  buffer.read();
  assert(buffer.drained);
});

Deno.test("ReceiveBuffer moves its window only when it is read", () => {
  const buffer = new ReceiveBuffer(4);
  buffer.accept(piece(0, [1, 2, 3, 4]));
  assertEquals(buffer.acknowledgement().limit, 5);
  assertThrows(
    () => buffer.accept(piece(4, [5])),
    ProtocolError,
    "the window ends at 4",
  );
  buffer.read();
  assertEquals(buffer.acknowledgement().limit, 9);
  assertEquals(buffer.accept(piece(4, [5])), "new");
});

Deno.test("ReceiveBuffer refuses pieces that contradict the end", () => {
  const late = () => {
    const buffer = new ReceiveBuffer(100);
    buffer.accept(lastPiece(0, [1, 2]));
    return buffer;
  };
  assertThrows(
    () => late().accept(piece(2, [3])),
    ProtocolError,
    "the stream ends elsewhere",
  );
  assertThrows(
    () => late().accept(lastPiece(0, [1])),
    ProtocolError,
    "the stream ends elsewhere",
  );
  const early = new ReceiveBuffer(100);
  early.accept(piece(5, [6]));
  assertThrows(
    () => early.accept(lastPiece(0, [1])),
    ProtocolError,
    "the stream ends elsewhere",
  );
});

Deno.test("ReceiveBuffer bounds how many pieces wait for those before them", () => {
  const buffer = new ReceiveBuffer(1e6);
  let dropped = 0;
  for (let offset = 2; offset < 20_000; offset += 2) {
    if (buffer.accept(piece(offset, [7])) === "dropped") dropped++;
  }
  assertEquals(dropped, 9999 - 4096);
});

Deno.test("SendBuffer sends nothing beyond the peer's limit or its own end", () => {
  const buffer = sender({ limit: 3 });
  buffer.write(bytes(1, 2, 3, 4, 5));
  assertEquals(buffer.next(2, 0)?.payload, bytes(1, 2));
  assertEquals(buffer.next(2, 0)?.payload, bytes(3));
  assertEquals(buffer.next(2, 0), undefined);
  buffer.finish();
  buffer.acknowledge({ received: 3, limit: 6, ranges: [] }, 0);
  const last = buffer.next(10, 0)!;
  assertEquals([last.offset, last.payload, last.fin], [3, bytes(4, 5), true]);
  assertFalse(buffer.complete);
  buffer.acknowledge({ received: 6, limit: 6, ranges: [] }, 0);
  assert(buffer.complete);
});

Deno.test("SendBuffer ends an empty stream with a piece of its own", () => {
  const buffer = sender();
  buffer.finish();
  assert(buffer.next(10, 0)?.fin);
  assertEquals(buffer.next(10, 0), undefined);
});

Deno.test("SendBuffer starts a timer when the client does no more, and sends again when it runs out", () => {
  const buffer = sender();
  buffer.write(bytes(1));
  const first = buffer.next(10, 0)!;
  assertEquals(buffer.deadline(), undefined);
  buffer.departed(first, 50);
  assertEquals(buffer.deadline(), undefined, "the client sees to it");
  buffer.released(first, 100);
  const due = buffer.deadline()!;
  assertEquals(buffer.next(10, due - 1), undefined);
  const again = buffer.next(10, due)!;
  assertEquals([again.offset, buffer.progress.retransmissions], [0, 1]);
  buffer.departed(again, due);
  buffer.released(again, due);
  assertEquals(
    buffer.deadline()! - due,
    2 * (due - 100),
    "the second wait is twice as long",
  );
});

Deno.test("SendBuffer sends again at once what the client did not take", () => {
  const buffer = sender();
  buffer.write(bytes(1));
  buffer.failed(buffer.next(10, 0)!);
  assertEquals(buffer.next(10, 0)?.payload, bytes(1));
  assertEquals(buffer.progress.retransmissions, 0);
});

Deno.test("SendBuffer sends again at once what the client has lost sight of", () => {
  const buffer = sender();
  buffer.write(bytes(1));
  const first = buffer.next(10, 0)!;
  buffer.departed(first, 1);
  buffer.failed(first);
  assertEquals(buffer.next(10, 2)?.payload, bytes(1));
  assertEquals(buffer.progress.retransmissions, 1);
});

Deno.test("SendBuffer refuses an acknowledgement of what was never sent", () => {
  const buffer = sender();
  buffer.write(bytes(1, 2));
  buffer.next(1, 0);
  assertThrows(
    () => buffer.acknowledge({ received: 2, limit: 9, ranges: [] }, 0),
    ProtocolError,
    "1 were sent",
  );
  assertThrows(
    () =>
      buffer.acknowledge({
        received: 0,
        limit: 9,
        ranges: [{ start: 1, end: 2 }],
      }, 0),
    ProtocolError,
  );
});

Deno.test("SendBuffer tells how much room is left", () => {
  const buffer = sender({ capacity: 3 });
  buffer.write(bytes(1, 2));
  assertEquals(buffer.room, 1);
  buffer.next(10, 0);
  assertEquals(buffer.room, 3);
});

Deno.test("RoundTrip follows RFC 6298 and stays within its bounds", () => {
  const roundTrip = new RoundTrip({ initial: 3000, min: 100, max: 8000 });
  assertEquals(roundTrip.timeout(1), 3000);
  roundTrip.measure(200);
  assertEquals(roundTrip.timeout(1), 200 + 4 * 100);
  roundTrip.measure(200);
  assertEquals(roundTrip.timeout(1), 200 + 4 * 75);
  assertEquals(roundTrip.timeout(3), 2000);
  assertEquals(roundTrip.timeout(99), 8000);
});

Deno.test("a stream survives any loss, doubling and reordering of its pieces", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 600 }),
      fc.infiniteStream(fc.nat(99)),
      (data, chances) => {
        const out = new SendBuffer({
          capacity: 64,
          limit: 50,
          roundTrip: new RoundTrip({ min: 10 }),
        });
        const into = new ReceiveBuffer(50);
        const chance = () => chances.next().value!;
        const air: SegmentData[] = [];
        const arrived: Uint8Array[] = [];
        let written = 0;
        for (let now = 0; !out.complete; now += 5) {
          assert(now < 1e7, "the stream makes progress");
          const room = Math.min(out.room, data.length - written);
          if (room > 0) out.write(data.slice(written, written += room));
          if (written === data.length) out.finish();
          for (let next = out.next(7, now); next; next = out.next(7, now)) {
            out.departed(next, now);
            out.released(next, now);
            if (chance() >= 20) air.push(next);
            if (chance() >= 80) air.push(next);
          }
          air.sort(() => chance() - 50);
          for (const next of air.splice(0, 3)) into.accept(next);
          arrived.push(...into.read());
          if (chance() >= 20) out.acknowledge(into.acknowledgement(), now);
        }
        assertEquals(concat(...arrived), new Uint8Array(data));
        assert(into.drained);
      },
    ),
    { numRuns: 60 },
  );
});
