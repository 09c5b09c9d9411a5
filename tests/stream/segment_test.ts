import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../lib/errors.ts";
import {
  decodeSegment,
  SegmentVersionError,
} from "../../lib/stream/decode_segment.ts";
import { encodeSegment } from "../../lib/stream/encode_segment.ts";
import {
  isSegment,
  MAX_RESET_TEXT,
  RESET_REASON,
  type ResetReason,
  type Segment,
  segmentOverhead,
  StreamId,
} from "../../lib/stream/segment.ts";
import { callerProof, listenerProof } from "../../lib/stream/proof.ts";
import { hex, unhex } from "../support/hex.ts";

const ID = StreamId(new Uint8Array(16).fill(0xab));
const HEAD = "f16e796d70697065 01";
const ID_HEX = "ab".repeat(16);
const CODE = new TextEncoder().encode("sixteen bytes or more");
const LISTENER = Uint8Array.from({ length: 96 }, (_, index) => index);
const CALLER_PROOF = callerProof(CODE, ID, LISTENER);
const LISTENER_PROOF = listenerProof(CODE, ID, LISTENER);
const CALL = { id: ID, answer: false, session: 0 };
const ANSWER = { id: ID, answer: true, session: 0x01020304 };
const CALL_HEX = `${ID_HEX} 00000000`;
const ANSWER_HEX = `${ID_HEX} 01020304`;

/** What the vectors of the documentation say. */
const VECTORS: readonly { name: string; segment: Segment }[] = [
  {
    name: "opening with first bytes",
    segment: {
      ...CALL,
      open: CALLER_PROOF,
      data: { offset: 0, payload: new TextEncoder().encode("hi"), fin: false },
    },
  },
  {
    name: "acceptance with an acknowledgement that asks for an answer",
    segment: {
      ...ANSWER,
      accept: LISTENER_PROOF,
      ack: { received: 2, limit: 1025, ranges: [] },
      probe: true,
    },
  },
  {
    name: "acknowledgement with two ranges",
    segment: {
      ...ANSWER,
      ack: {
        received: 1,
        limit: 9,
        ranges: [{ start: 2, end: 3 }, { start: 5, end: 8 }],
      },
    },
  },
  {
    name: "end without bytes",
    segment: {
      ...CALL,
      session: 0x01020304,
      data: { offset: 258, payload: new Uint8Array(), fin: true },
    },
  },
  {
    name: "everything is done",
    segment: {
      ...ANSWER,
      ack: { received: 259, limit: 300, ranges: [] },
      done: true,
    },
  },
  {
    name: "reset",
    segment: { ...ANSWER, reset: { reason: "full", text: "busy" } },
  },
];

const DOCUMENTED = documentedVectors(
  await Deno.readTextFile(new URL("../../docs/pipe.md", import.meta.url)),
);

for (const { name, segment } of VECTORS) {
  Deno.test(`encodeSegment() and decodeSegment() agree with the documented vector: ${name}`, () => {
    const bytes = unhex(DOCUMENTED.get(name)!);
    assertEquals(hex(encodeSegment(segment)), hex(bytes));
    assertEquals(encodeSegment(decodeSegment(bytes)), bytes);
  });
}

Deno.test("every documented vector is of a segment that is told here", () => {
  assertEquals(
    [...DOCUMENTED.keys()],
    VECTORS.map(({ name }) => name),
  );
});

/** Names and bytes from the block of code below "Vectors": a name at the start of a line, its bytes indented below. */
function documentedVectors(page: string): Map<string, string> {
  const [, block] = /## Vectors\n[^]*?```text\n([^]*?)```/.exec(page)!;
  const vectors = new Map<string, string>();
  let name = "";
  for (const line of block!.split("\n")) {
    if (/^\S/.test(line)) vectors.set(name = line, "");
    else vectors.set(name, vectors.get(name) + line);
  }
  return vectors;
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
      answer: false,
      session: open ? 0 : 7,
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
  const offset = (value: number) => value.toString(16).padStart(16, "0");
  const wrong = {
    "no flags": `${HEAD} 0000 ${CALL_HEX}`,
    "nothing but a question": `${HEAD} 0040 ${CALL_HEX}`,
    "unknown flag": `${HEAD} 0204 ${CALL_HEX} ${offset(0)} ${offset(1)} 00`,
    "an opening by the listener": `${HEAD} 0101 ${CALL_HEX} ${"cd".repeat(32)}`,
    "an opening in a session": `${HEAD} 0001 ${ANSWER_HEX} ${"cd".repeat(32)}`,
    "an acceptance by the caller": `${HEAD} 0002 ${CALL_HEX} ${
      "cd".repeat(32)
    }`,
    "done without acknowledgement": `${HEAD} 0090 ${CALL_HEX} ${offset(0)}`,
    "reset with data": `${HEAD} 0028 ${CALL_HEX} 00 ${offset(0)} 61`,
    "data without bytes": `${HEAD} 0008 ${CALL_HEX} ${offset(0)}`,
    "bytes without the data flag": `${HEAD} 0010 ${CALL_HEX} ${offset(0)} 61`,
    "trailing bytes": `${HEAD} 0001 ${CALL_HEX} ${"cd".repeat(32)} 00`,
    "limit before received": `${HEAD} 0004 ${CALL_HEX} ${offset(2)} ${
      offset(1)
    } 00`,
    "seventeen ranges": `${HEAD} 0004 ${CALL_HEX} ${offset(2)} ${
      offset(9)
    } 11 ${"00".repeat(272)}`,
    "a range without a gap": `${HEAD} 0004 ${CALL_HEX} ${offset(2)} ${
      offset(9)
    } 01 ${offset(2)} ${offset(3)}`,
    "an empty range": `${HEAD} 0004 ${CALL_HEX} ${offset(2)} ${offset(9)} 01 ${
      offset(3)
    } ${offset(3)}`,
    "an offset beyond 2^53": `${HEAD} 0008 ${CALL_HEX} ffffffffffffffff 61`,
    "an end beyond 2^53": `${HEAD} 0010 ${CALL_HEX} ${
      offset(Number.MAX_SAFE_INTEGER)
    }`,
    "an unknown reset reason": `${HEAD} 0020 ${CALL_HEX} 63`,
    "a reset that explains too much": `${HEAD} 0020 ${CALL_HEX} 00 ${
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
    () => decodeSegment(unhex(`f16e796d70697065 02 0101 ${ANSWER_HEX} ff`)),
    SegmentVersionError,
    "version 2",
  );
  assert(error.hint);
  assertEquals(error.streamId, ID);
  assert(error.answer);
});

Deno.test("isSegment() sees the first bytes, whatever the version", () => {
  assert(isSegment(unhex("f16e796d70697065 ff")));
  assertFalse(isSegment(unhex("f16e796d706970")));
  assertFalse(isSegment(new TextEncoder().encode("nympipe is text")));
});

Deno.test("every reset reason has a number of its own", () => {
  const reasons = Object.keys(RESET_REASON) as ResetReason[];
  for (const reason of reasons) {
    const segment = { ...CALL, reset: { reason, text: "é".repeat(300) } };
    assertEquals(decodeSegment(encodeSegment(segment)).reset, {
      reason,
      text: "é".repeat(MAX_RESET_TEXT / 2),
    });
  }
  assertEquals(new Set(Object.values(RESET_REASON)).size, reasons.length);
});

Deno.test("segmentOverhead() is what an empty end with an acknowledgement takes", () => {
  const bytes = encodeSegment({
    ...CALL,
    ack: { received: 0, limit: 1, ranges: [{ start: 2, end: 3 }] },
    data: { offset: 0, payload: new Uint8Array(), fin: true },
  });
  assertEquals(bytes.length, segmentOverhead(1));
});
