import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../lib/errors.ts";
import {
  decodeSegment,
  encodeSegment,
  isSegment,
  RESET_REASON,
  type ResetReason,
  type Segment,
  segmentOverhead,
  SegmentVersionError,
  StreamId,
} from "../../lib/stream/segment.ts";
import { hex, unhex } from "../support/hex.ts";

const ID = StreamId(new Uint8Array(16).fill(0xab));
const HEAD = "f16e796d70697065 01";
const ID_HEX = "ab".repeat(16);
const PROOF = new Uint8Array(32).fill(0xcd);

const VECTORS: readonly { name: string; segment: Segment; bytes: string }[] = [
  {
    name: "opening with first bytes",
    segment: {
      id: ID,
      open: PROOF,
      data: { offset: 0, payload: new TextEncoder().encode("hi"), fin: false },
    },
    bytes: `${HEAD} 09 ${ID_HEX} ${"cd".repeat(32)} 0000000000000000 6869`,
  },
  {
    name: "acceptance with an acknowledgement",
    segment: {
      id: ID,
      accept: PROOF,
      ack: { received: 2, limit: 1025, ranges: [] },
    },
    bytes: `${HEAD} 06 ${ID_HEX} ${
      "cd".repeat(32)
    } 0000000000000002 0000000000000401 00`,
  },
  {
    name: "acknowledgement with two ranges",
    segment: {
      id: ID,
      ack: {
        received: 1,
        limit: 9,
        ranges: [{ start: 2, end: 3 }, { start: 5, end: 8 }],
      },
    },
    bytes: `${HEAD} 04 ${ID_HEX} 0000000000000001 0000000000000009 02
      0000000000000002 0000000000000003 0000000000000005 0000000000000008`,
  },
  {
    name: "end without bytes",
    segment: {
      id: ID,
      data: { offset: 258, payload: new Uint8Array(), fin: true },
    },
    bytes: `${HEAD} 10 ${ID_HEX} 0000000000000102`,
  },
  {
    name: "probe",
    segment: {
      id: ID,
      probe: true,
      ack: { received: 0, limit: 1, ranges: [] },
    },
    bytes: `${HEAD} 44 ${ID_HEX} 0000000000000000 0000000000000001 00`,
  },
  {
    name: "reset",
    segment: { id: ID, reset: { reason: "full", text: "busy" } },
    bytes: `${HEAD} 20 ${ID_HEX} 01 62757379`,
  },
];

for (const { name, segment, bytes } of VECTORS) {
  Deno.test(`encodeSegment() and decodeSegment() agree with the vector: ${name}`, () => {
    assertEquals(hex(encodeSegment(segment)), hex(unhex(bytes)));
    assertEquals(encodeSegment(decodeSegment(unhex(bytes))), unhex(bytes));
  });
}

Deno.test("decodeSegment() undoes encodeSegment() for any segment", () => {
  const bytes = (size: number) =>
    fc.uint8Array({ minLength: size, maxLength: size });
  const segments = fc.record({
    id: bytes(16).map((id) => StreamId(id)),
    open: fc.option(bytes(32).map((proof) => proof.slice()), {
      nil: undefined,
    }),
    ack: fc.option(
      fc.record({
        received: fc.nat(),
        gaps: fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 16 }),
      }),
      { nil: undefined },
    ),
    data: fc.option(
      fc.record({
        offset: fc.maxSafeNat(),
        payload: fc.uint8Array({ maxLength: 50 }),
        fin: fc.boolean(),
      })
        .filter(({ offset, payload, fin }) =>
          offset < Number.MAX_SAFE_INTEGER - 50 && (fin || payload.length > 0)
        ),
      { nil: undefined },
    ),
  }).filter(({ open, ack, data }) => Boolean(open || ack || data));
  fc.assert(fc.property(segments, ({ id, open, ack, data }) => {
    let last = ack?.received ?? 0;
    const ranges = ack?.gaps.map((gap) => {
      const start = last + gap;
      last = start + gap;
      return { start, end: last };
    });
    const segment: Segment = {
      id,
      open,
      ack: ack &&
        { received: ack.received, limit: ack.received + 7, ranges: ranges! },
      data: data && { ...data, payload: data.payload.slice() },
    };
    const decoded = decodeSegment(encodeSegment(segment));
    assertEquals(encodeSegment(decoded), encodeSegment(segment));
    assertEquals(decoded.ack, segment.ack);
  }));
});

Deno.test("decodeSegment() refuses every truncation that loses a field", () => {
  for (const { segment } of VECTORS) {
    const whole = encodeSegment(segment);
    for (let length = 0; length < whole.length; length++) {
      const isOpenEnded = segment.reset !== undefined ||
        (segment.data?.payload.length ?? 0) > 0;
      const part = whole.subarray(0, length);
      if (isOpenEnded && length >= whole.length - 4) continue;
      assertThrows(() => decodeSegment(part), DecodeError);
    }
  }
});

Deno.test("decodeSegment() refuses what does not go together", () => {
  const wrong = {
    "no flags": `${HEAD} 00 ${ID_HEX}`,
    "unknown flag": `${HEAD} 80 ${ID_HEX}`,
    "opening and acceptance": `${HEAD} 03 ${ID_HEX} ${"cd".repeat(64)}`,
    "reset with data": `${HEAD} 28 ${ID_HEX} 00 0000000000000000 61`,
    "data without bytes": `${HEAD} 08 ${ID_HEX} 0000000000000000`,
    "bytes without the data flag": `${HEAD} 10 ${ID_HEX} 0000000000000000 61`,
    "trailing bytes": `${HEAD} 01 ${ID_HEX} ${"cd".repeat(32)} 00`,
    "limit before received":
      `${HEAD} 04 ${ID_HEX} 0000000000000002 0000000000000001 00`,
    "seventeen ranges":
      `${HEAD} 04 ${ID_HEX} 0000000000000002 0000000000000009 11 ${
        "00".repeat(272)
      }`,
    "a range without a gap":
      `${HEAD} 04 ${ID_HEX} 0000000000000002 0000000000000009 01
      0000000000000002 0000000000000003`,
    "an empty range": `${HEAD} 04 ${ID_HEX} 0000000000000002 0000000000000009 01
      0000000000000003 0000000000000003`,
    "an offset beyond 2^53": `${HEAD} 08 ${ID_HEX} ffffffffffffffff 61`,
    "an unknown reset reason": `${HEAD} 20 ${ID_HEX} 63`,
    "a reset that explains too much": `${HEAD} 20 ${ID_HEX} 00 ${
      "61".repeat(201)
    }`,
  };
  for (const [name, bytes] of Object.entries(wrong)) {
    assertThrows(
      () => decodeSegment(unhex(bytes)),
      DecodeError,
      "Cannot decode",
      name,
    );
  }
});

Deno.test("decodeSegment() tells another version apart", () => {
  const error = assertThrows(
    () => decodeSegment(unhex(`f16e796d70697065 02 01 ${ID_HEX}`)),
    SegmentVersionError,
    "version 2",
  );
  assert(error.hint);
});

Deno.test("isSegment() sees the first bytes, whatever the version", () => {
  assert(isSegment(unhex("f16e796d70697065 ff")));
  assertFalse(isSegment(unhex("f16e796d706970")));
  assertFalse(isSegment(new TextEncoder().encode("nympipe is text")));
});

Deno.test("every reset reason has a number of its own", () => {
  const reasons = Object.keys(RESET_REASON) as ResetReason[];
  for (const reason of reasons) {
    const segment = { id: ID, reset: { reason, text: "é".repeat(300) } };
    assertEquals(decodeSegment(encodeSegment(segment)).reset?.reason, reason);
  }
  assertEquals(new Set(Object.values(RESET_REASON)).size, reasons.length);
});

Deno.test("segmentOverhead() is what an empty end with an acknowledgement takes", () => {
  const bytes = encodeSegment({
    id: ID,
    ack: { received: 0, limit: 1, ranges: [{ start: 2, end: 3 }] },
    data: { offset: 0, payload: new Uint8Array(), fin: true },
  });
  assertEquals(bytes.length, segmentOverhead(1));
});
