import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  decodeRecipient,
  parseRecipient,
} from "../../../lib/message/recipient.ts";
import { senderTag } from "../../../lib/message/sender_tag.ts";
import {
  type Dialect,
  DIALECTS,
  hasLanes,
} from "../../../lib/wire/native/dialect.ts";
import { NativeError } from "../../../lib/wire/native/error_code.ts";
import type { NativeRequest } from "../../../lib/wire/native/request.ts";
import {
  decodeBinaryRequest,
  encodeBinaryRequest,
} from "../../../lib/wire/native/request_binary.ts";
import { hex, unhex } from "../../support/hex.ts";
import { RECIPIENT, RECIPIENT_HEX, replySurb, REQUESTS } from "./vectors.ts";

const recipient = parseRecipient(RECIPIENT);
const body = new TextEncoder().encode("foomp");
const surb = replySurb();
const tag = senderTag(unhex("08".repeat(16)));
const none = { lane: undefined };

const TABLE: [Dialect, string, NativeRequest, string][] = [
  ["a", "send", { kind: "send", recipient, body, ...none }, REQUESTS.aSend],
  [
    "a",
    "send with a reply block",
    { kind: "sendAnonymous", recipient, body, surbs: 1, ...none },
    REQUESTS.aSendSurb,
  ],
  [
    "a",
    "reply",
    { kind: "reply", handle: { kind: "replySurb", surb }, body, ...none },
    `01000000000000048c${hex(surb)}0000000000000005666f6f6d70`,
  ],
  ["a", "selfAddress", { kind: "selfAddress" }, REQUESTS.abSelfAddress],
  [
    "b",
    "send on a lane",
    { kind: "send", recipient, body, lane: 42n },
    REQUESTS.bSendLane,
  ],
  [
    "b",
    "send with a reply block",
    { kind: "sendAnonymous", recipient, body, surbs: 1, ...none },
    REQUESTS.bSendSurb,
  ],
  [
    "b",
    "reply",
    { kind: "reply", handle: { kind: "replySurb", surb }, body, ...none },
    `01000000000000048c${hex(surb)}0000000000000005666f6f6d70`,
  ],
  ["b", "selfAddress", { kind: "selfAddress" }, REQUESTS.abSelfAddress],
  [
    "b",
    "closedConnection",
    { kind: "closedConnection", lane: 42n },
    REQUESTS.bClosedConnection,
  ],
  [
    "b",
    "getLaneQueueLength",
    { kind: "getLaneQueueLength", lane: 42n },
    REQUESTS.bGetLaneQueueLength,
  ],
  ["c", "send", { kind: "send", recipient, body, ...none }, REQUESTS.cSend],
  [
    "c",
    "send on a lane",
    { kind: "send", recipient, body, lane: 42n },
    REQUESTS.cSendLane,
  ],
  [
    "c",
    "sendAnonymous",
    { kind: "sendAnonymous", recipient, body, surbs: 10, lane: 42n },
    REQUESTS.cSendAnonymous,
  ],
  [
    "c",
    "reply",
    {
      kind: "reply",
      handle: { kind: "senderTag", senderTag: tag },
      body,
      lane: 42n,
    },
    REQUESTS.cReply,
  ],
  ["c", "selfAddress", { kind: "selfAddress" }, REQUESTS.cSelfAddress],
  [
    "c",
    "closedConnection",
    { kind: "closedConnection", lane: 42n },
    REQUESTS.cClosedConnection,
  ],
  [
    "c",
    "getLaneQueueLength",
    { kind: "getLaneQueueLength", lane: 42n },
    REQUESTS.cGetLaneQueueLength,
  ],
];

for (const [dialect, name, request, frame] of TABLE) {
  Deno.test(`encodeBinaryRequest() writes the bytes of dialect ${dialect}: ${name}`, () => {
    assertEquals(hex(encodeBinaryRequest(request, dialect)), frame);
  });

  Deno.test(`decodeBinaryRequest() reads the bytes of dialect ${dialect}: ${name}`, () => {
    const bytes = unhex(frame);
    assertEquals(decodeBinaryRequest(bytes, dialect), request);
    const larger = new Uint8Array(bytes.length + 8).fill(0xee);
    larger.set(bytes, 3);
    assertEquals(
      decodeBinaryRequest(larger.subarray(3, 3 + bytes.length), dialect),
      request,
    );
  });

  Deno.test(`decodeBinaryRequest() refuses every truncation and a byte too many of dialect ${dialect}: ${name}`, () => {
    const bytes = unhex(frame);
    for (let length = 0; length < bytes.length; length++) {
      assertThrows(
        () => decodeBinaryRequest(bytes.slice(0, length), dialect),
        NativeError,
      );
    }
    // What follows selfAddress is ignored by native clients.
    if (request.kind === "selfAddress") return;
    assertThrows(
      () => decodeBinaryRequest(unhex(`${frame}00`), dialect),
      NativeError,
    );
  });
}

const REFUSALS: [Dialect, string, string, string, string][] = [
  ["c", "an empty frame", "", "emptyRequest", "no data provided"],
  [
    "c",
    "a send of one byte",
    "00",
    "tooShortRequest",
    "not enough data provided to recover 'send'",
  ],
  [
    "c",
    "a short sendAnonymous",
    `010000000a${RECIPIENT_HEX}`,
    "tooShortRequest",
    "not enough data provided to recover 'send_anonymous'",
  ],
  [
    "c",
    "a short reply",
    "02",
    "tooShortRequest",
    "not enough data provided to recover 'reply'",
  ],
  [
    "a",
    "a short reply",
    "0100",
    "tooShortRequest",
    "not enough data provided to recover 'reply'",
  ],
  [
    "c",
    "an unknown tag",
    "09",
    "unknownRequest",
    "9 does not correspond to any valid request tag",
  ],
  ["a", "an unknown tag", "09", "unknownRequest", "type 9"],
  ["a", "the tag of dialect b's lanes", "03", "unknownRequest", "type 3"],
  [
    "b",
    "selfAddress of dialect c",
    "03",
    "malformedRequest",
    "the received closed connection has invalid length",
  ],
  [
    "b",
    "a short getLaneQueueLength",
    "04",
    "malformedRequest",
    "the received get lane queue length has invalid length",
  ],
  [
    "c",
    "a short closedConnection",
    "0400",
    "malformedRequest",
    "The received closed connection has invalid length",
  ],
  [
    "c",
    "a short getLaneQueueLength",
    "05",
    "malformedRequest",
    "The received get lane queue lengths has invalid length",
  ],
  [
    "a",
    "a flag above 1",
    `0002${RECIPIENT_HEX}0000000000000000`,
    "malformedRequest",
    "invalid reply surb flag 2",
  ],
  [
    "c",
    "a length that is not that of the data",
    `00${RECIPIENT_HEX}00000000000000000000000000000006666f6f6d70`,
    "malformedRequest",
    "data len has inconsistent length. specified: 6 got: 5",
  ],
  [
    "c",
    "a length of 64 bits",
    `00${RECIPIENT_HEX}0000000000000000ffffffffffffffff`,
    "malformedRequest",
    "data len has inconsistent length. specified: 18446744073709551615 got: 0",
  ],
  [
    "c",
    "a reply with another length",
    `02${"08".repeat(16)}${"00".repeat(8)}0000000000000001`,
    "malformedRequest",
    "message len has inconsistent length. specified: 1 got: 0",
  ],
  [
    "c",
    "an identity that is no point",
    `0002${"00".repeat(31)}${RECIPIENT_HEX.slice(64)}${"00".repeat(16)}`,
    "malformedRequest",
    "malformed recipient: recipient's identity key is malformed: signature error: Cannot decompress Edwards point",
  ],
  [
    "b",
    "an identity that is no point",
    `000002${"00".repeat(31)}${RECIPIENT_HEX.slice(64)}${"00".repeat(16)}`,
    "malformedRequest",
    "malformed recipient: MalformedIdentityError(MalformedBytes(signature::Error { source: Some(Cannot decompress Edwards point) }))",
  ],
  [
    "a",
    "an absurd length of the reply block",
    "01ffffffffffffffff0000000000000000",
    "malformedRequest",
    "not enough data to recover reply surb with specified length 18446744073709551615",
  ],
  [
    // Native clients crash here and serve nobody until they are started again.
    "a",
    "trap: a reply block shorter than its key",
    "0100000000000000000000000000000000",
    "malformedRequest",
    "malformed reply surb: InvalidEncryptionKeyData",
  ],
  [
    "b",
    "trap: a reply block that reaches into the frame's last bytes",
    `01000000000000000a${"00".repeat(16)}`,
    "malformedRequest",
    "not enough data to recover reply surb with specified length 10",
  ],
];

for (const [dialect, name, frame, kind, detail] of REFUSALS) {
  Deno.test(`decodeBinaryRequest() refuses in the words of dialect ${dialect}: ${name}`, () => {
    const error = assertThrows(
      () => decodeBinaryRequest(unhex(frame), dialect),
      NativeError,
    );
    assertEquals([error.kind, error.detail], [kind, detail]);
  });
}

Deno.test("decodeBinaryRequest() refuses an answer above 1610 bytes through a reply block, kind other", () => {
  const handle = { kind: "replySurb", surb } as const;
  const request = (length: number): NativeRequest => ({
    kind: "reply",
    handle,
    body: new Uint8Array(length),
    lane: undefined,
  });
  const frame = encodeBinaryRequest(request(1611), "a");
  const error = assertThrows(
    () => decodeBinaryRequest(frame, "a"),
    NativeError,
  );
  assertEquals(error.kind, "other");
  assertEquals(
    error.detail,
    "too long message to put inside a reply SURB. Received: 1611 bytes and maximum is 1610 bytes",
  );
  const fits = request(1610);
  assertEquals(
    decodeBinaryRequest(encodeBinaryRequest(fits, "a"), "a"),
    fits,
  );
});

Deno.test("decodeBinaryRequest() takes lane 0 for none in what is sent, and for a lane where one is asked about", () => {
  assertEquals(decodeBinaryRequest(unhex(REQUESTS.cSend), "c"), {
    kind: "send",
    recipient,
    body,
    lane: undefined,
  });
  assertEquals(decodeBinaryRequest(unhex(`05${"00".repeat(8)}`), "c"), {
    kind: "getLaneQueueLength",
    lane: 0n,
  });
});

Deno.test("decodeBinaryRequest() trap: whatever follows selfAddress is ignored", () => {
  for (
    const [frame, dialect] of [["02ff", "a"], ["0200ff", "b"], ["03ff", "c"]]
  ) {
    const request = decodeBinaryRequest(unhex(frame!), dialect as Dialect);
    assertEquals(request, { kind: "selfAddress" });
  }
});

Deno.test("decodeBinaryRequest() trap: no reply blocks at all are a legal number of them", () => {
  const frame = `0100000000${REQUESTS.cSendAnonymous.slice(10)}`;
  const request = decodeBinaryRequest(unhex(frame), "c");
  assertEquals(request.kind === "sendAnonymous" && request.surbs, 0);
});

Deno.test("decodeBinaryRequest() trap: the same bytes are another request in another dialect", () => {
  assertEquals(decodeBinaryRequest(unhex("02"), "a").kind, "selfAddress");
  assertThrows(() => decodeBinaryRequest(unhex("02"), "c"), NativeError);
  assertEquals(decodeBinaryRequest(unhex("03"), "c").kind, "selfAddress");
  const lane = `04${"00".repeat(7)}01`;
  assertEquals(
    decodeBinaryRequest(unhex(lane), "b").kind,
    "getLaneQueueLength",
  );
  assertEquals(decodeBinaryRequest(unhex(lane), "c").kind, "closedConnection");
});

Deno.test("encodeBinaryRequest() says what a dialect cannot", () => {
  const wrong: [NativeRequest, Dialect][] = [
    [{ kind: "send", recipient, body, lane: 1n }, "a"],
    [{ kind: "sendAnonymous", recipient, body, surbs: 2, ...none }, "b"],
    [{ kind: "closedConnection", lane: 1n }, "a"],
    [
      { kind: "reply", handle: { kind: "replySurb", surb }, body, ...none },
      "c",
    ],
    [
      { kind: "reply", handle: { kind: "replySurb", surb }, body, lane: 1n },
      "b",
    ],
  ];
  for (const [request, dialect] of wrong) {
    assertThrows(() => encodeBinaryRequest(request, dialect), RangeError);
  }
});

Deno.test("encodeBinaryRequest() and decodeBinaryRequest() agree on anything", () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((bytes) =>
    new Uint8Array(bytes)
  );
  const lane = fc.option(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), {
    nil: undefined,
  });
  fc.assert(fc.property(
    fc.constantFrom(...DIALECTS),
    bytes,
    lane,
    fc.nat(0xffffffff),
    fc.boolean(),
    (dialect, body, anyLane, anySurbs, anonymous) => {
      const lane = hasLanes(dialect) ? anyLane : undefined;
      const surbs = dialect === "c" ? anySurbs : 1;
      const address = decodeRecipient(unhex(RECIPIENT_HEX));
      const request: NativeRequest = anonymous
        ? { kind: "sendAnonymous", recipient: address, body, surbs, lane }
        : { kind: "send", recipient: address, body, lane };
      assertEquals(
        decodeBinaryRequest(encodeBinaryRequest(request, dialect), dialect),
        request,
      );
    },
  ));
});
