import { assertEquals, assertThrows } from "@std/assert";
import { encodeBase58 } from "../../../lib/bytes/base58.ts";
import { parseRecipient } from "../../../lib/message/recipient.ts";
import { senderTag } from "../../../lib/message/sender_tag.ts";
import { type Dialect, DIALECTS } from "../../../lib/wire/native/dialect.ts";
import { NativeError } from "../../../lib/wire/native/error_code.ts";
import {
  decodeResponse,
  encodeResponse,
} from "../../../lib/wire/native/native.ts";
import { surbOfTag } from "../../../lib/wire/native/reply_handle.ts";
import type { NativeResponse } from "../../../lib/wire/native/response.ts";
import { hex, unhex } from "../../support/hex.ts";
import { RECIPIENT, replySurb, RESPONSES } from "./vectors.ts";

const body = new TextEncoder().encode("foomp");
const tag = senderTag(unhex("2a".repeat(16)));
const surb = replySurb();
const byTag = { kind: "senderTag", senderTag: tag } as const;
const bySurb = { kind: "replySurb", surb } as const;
const plain: NativeResponse = { kind: "received", body, handle: undefined };
const address = parseRecipient(RECIPIENT);

const BINARY: [readonly Dialect[], string, NativeResponse, string][] = [
  [DIALECTS, "received", plain, RESPONSES.received],
  [
    ["a", "b"],
    "received with a reply block",
    { kind: "received", body, handle: bySurb },
    `0101000000000000048c${hex(surb)}0000000000000005666f6f6d70`,
  ],
  [
    ["c"],
    "received with a sender tag",
    { kind: "received", body, handle: byTag },
    RESPONSES.cReceivedTag,
  ],
  [
    DIALECTS,
    "selfAddress",
    { kind: "selfAddress", address },
    RESPONSES.selfAddress,
  ],
  [
    ["b", "c"],
    "laneQueueLength",
    { kind: "laneQueueLength", lane: 13n, queueLength: 42n },
    RESPONSES.laneQueueLength,
  ],
  [
    DIALECTS,
    "error, other",
    { kind: "error", code: "other", detail: "boom" },
    RESPONSES.other,
  ],
  [
    DIALECTS,
    "error, empty request",
    { kind: "error", code: "emptyRequest", detail: "no data provided" },
    RESPONSES.emptyRequest,
  ],
  [
    DIALECTS,
    "error, too short request",
    {
      kind: "error",
      code: "tooShortRequest",
      detail: "not enough data provided to recover 'send'",
    },
    RESPONSES.tooShortSend,
  ],
  [
    ["a", "b"],
    "error, unknown request",
    { kind: "error", code: "unknownRequest", detail: "type 9" },
    RESPONSES.abUnknown,
  ],
  [
    ["c"],
    "error, unknown request",
    {
      kind: "error",
      code: "unknownRequest",
      detail: "9 does not correspond to any valid request tag",
    },
    RESPONSES.cUnknown,
  ],
];

for (const [dialects, name, response, frame] of BINARY) {
  for (const dialect of dialects) {
    Deno.test(`encodeResponse() and decodeResponse() agree on the bytes of dialect ${dialect}: ${name}`, () => {
      const encoded = encodeResponse(response, dialect, "binary");
      assertEquals(encoded instanceof Uint8Array && hex(encoded), frame);
      assertEquals(decodeResponse(unhex(frame), dialect), response);
      assertEquals(decodeResponse(unhex(frame)), response);
      const larger = unhex(`eeee${frame}ee`);
      assertEquals(decodeResponse(larger.subarray(2, -1)), response);
    });
  }

  Deno.test(`decodeResponse() refuses every truncation and a byte too many: ${name}, dialect ${dialects}`, () => {
    const bytes = unhex(frame);
    for (let length = 0; length < bytes.length; length++) {
      // Thirteen bytes are the lane queue length of a 32-bit build.
      if (bytes[0] === 3 && length === 13) continue;
      assertThrows(() => decodeResponse(bytes.slice(0, length)), NativeError);
    }
    assertThrows(() => decodeResponse(unhex(`${frame}00`)), NativeError);
  });
}

const TEXT: [readonly Dialect[], NativeResponse, string][] = [
  [
    DIALECTS,
    { kind: "selfAddress", address },
    `{"type":"selfAddress","address":"${RECIPIENT}"}`,
  ],
  [["a", "b"], plain, `{"type":"received","message":"foomp","replySurb":null}`],
  [
    ["a", "b"],
    { kind: "received", body, handle: bySurb },
    `{"type":"received","message":"foomp","replySurb":"${encodeBase58(surb)}"}`,
  ],
  [["c"], plain, `{"type":"received","message":"foomp","senderTag":null}`],
  [
    ["c"],
    { kind: "received", body, handle: byTag },
    `{"type":"received","message":"foomp","senderTag":"6CzGHguLGCk1f416kwDZB7"}`,
  ],
  [
    ["b", "c"],
    { kind: "laneQueueLength", lane: 1n, queueLength: 2n },
    `{"type":"laneQueueLength","lane":1,"queue_length":2}`,
  ],
  [
    ["b", "c"],
    { kind: "laneQueueLength", lane: 2n ** 64n - 1n, queueLength: 0n },
    `{"type":"laneQueueLength","lane":18446744073709551615,"queue_length":0}`,
  ],
  [
    DIALECTS,
    {
      kind: "error",
      code: "malformedRequest",
      detail: "missing field `recipient`",
    },
    `{"type":"error","message":"malformed request:missing field \`recipient\`"}`,
  ],
];

for (const [dialects, response, frame] of TEXT) {
  for (const dialect of dialects) {
    Deno.test(`encodeResponse() and decodeResponse() agree on the text of dialect ${dialect}: ${frame.slice(0, 60)}`, () => {
      assertEquals(encodeResponse(response, dialect, "text"), frame);
      assertEquals(decodeResponse(frame), response);
    });
  }
}

Deno.test("encodeResponse() trap: text mode damages what is no UTF-8, keeps a byte order mark, and escapes as little as it can", () => {
  const text = (bytes: string) =>
    encodeResponse(
      { kind: "received", body: unhex(bytes), handle: undefined },
      "c",
      "text",
    );
  const received = (message: string) =>
    `{"type":"received","message":"${message}","senderTag":null}`;
  assertEquals(text("ff00fe"), received("\ufffd\\u0000\ufffd"));
  // One replacement for each longest run that could have begun a character, as native clients count them.
  assertEquals(text("f09f98"), received("\ufffd"));
  assertEquals(text("e28041"), received("\ufffdA"));
  assertEquals(text("efbbbf41"), received("\ufeffA"));
  assertEquals(text("e280a82f7f"), received("\u2028/\u007f"));
  assertEquals(
    text("080c0a0d09225c1f"),
    received('\\b\\f\\n\\r\\t\\"\\\\\\u001f'),
  );
});

Deno.test("encodeResponse() gives programs of dialects a and b a sender tag in the shape of a reply block", () => {
  const response: NativeResponse = { kind: "received", body, handle: byTag };
  for (const mode of ["binary", "text"] as const) {
    const decoded = decodeResponse(encodeResponse(response, "a", mode), "a");
    assertEquals(decoded, {
      kind: "received",
      body,
      handle: { kind: "replySurb", surb: surbOfTag(tag) },
    });
    const foreign: NativeResponse = { kind: "received", body, handle: bySurb };
    assertThrows(() => encodeResponse(foreign, "c", mode), RangeError);
  }
});

Deno.test("decodeResponse() trap: accepts the spellings of old documents", () => {
  assertEquals(
    decodeResponse(`{"type":"selfAddress","Address":"${RECIPIENT}"}`),
    { kind: "selfAddress", address },
  );
  assertEquals(decodeResponse(`{"type":"received","mensaje":"foomp"}`), plain);
  assertEquals(
    decodeResponse(`{"type":"laneQueueLength","lane":1,"queueLength":2}`),
    { kind: "laneQueueLength", lane: 1n, queueLength: 2n },
  );
});

Deno.test("decodeResponse() takes apart errors of text mode, those with other words as a whole", () => {
  const error = (message: string) =>
    decodeResponse(JSON.stringify({ type: "error", message }));
  assertEquals(error("unknown request type:type 9"), {
    kind: "error",
    code: "unknownRequest",
    detail: "type 9",
  });
  assertEquals(error("no more"), {
    kind: "error",
    code: "other",
    detail: "no more",
  });
});

Deno.test("decodeResponse() reads the queue length of 32-bit builds", () => {
  assertEquals(decodeResponse(unhex("03000000000000000d0000002a")), {
    kind: "laneQueueLength",
    lane: 13n,
    queueLength: 42n,
  });
});

Deno.test("decodeResponse() trap: lets the known dialect decide where a handle could be either", () => {
  // A tag that reads as the length of a block of 588 bytes, and a body that holds the right length in the right place.
  const data = new Uint8Array(580);
  const frame = new Uint8Array(26 + data.length);
  frame.set([1, 1]);
  const view = new DataView(frame.buffer);
  view.setBigUint64(2, 588n);
  view.setBigUint64(18, BigInt(data.length));
  view.setBigUint64(598, 0n);
  assertEquals(handleKind(decodeResponse(frame, "a")), "replySurb");
  assertEquals(handleKind(decodeResponse(frame, "c")), "senderTag");
  assertEquals(handleKind(decodeResponse(frame)), "senderTag");
});

function handleKind(response: NativeResponse): string | undefined {
  return response.kind === "received" ? response.handle?.kind : undefined;
}

const REFUSED: [string, string | Uint8Array, string, string][] = [
  ["an empty frame", unhex(""), "emptyResponse", "no data provided"],
  ["an unknown tag", unhex("09"), "unknownResponse", "type 9"],
  [
    "an unknown kind of error",
    unhex("00770000000000000000"),
    "malformedResponse",
    "invalid error code 119",
  ],
  [
    "a flag above 1",
    unhex("01020000000000000000"),
    "malformedResponse",
    "invalid sender tag flag 2",
  ],
  [
    "an unknown type",
    `{"type":"send"}`,
    "unknownResponse",
    `type "send"`,
  ],
  [
    "no JSON",
    `{`,
    "malformedResponse",
    "EOF while parsing an object at line 1 column 1",
  ],
  ["no object", `[]`, "malformedResponse", "need an object"],
  [
    "no message",
    `{"type":"received","message":1}`,
    "malformedResponse",
    "need a string `message`",
  ],
  [
    "a broken sender tag",
    `{"type":"received","message":"","senderTag":"11"}`,
    "malformedResponse",
    "Decoded AnonymousSenderTag has invalid length. Expected 16, but got 2",
  ],
];

for (const [name, frame, kind, detail] of REFUSED) {
  Deno.test(`decodeResponse() refuses ${name}`, () => {
    const error = assertThrows(() => decodeResponse(frame), NativeError);
    assertEquals([error.kind, error.detail], [kind, detail]);
  });
}
