import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concat } from "../../lib/bytes/concat.ts";
import { DecodeError } from "../../lib/errors.ts";
import {
  decodeNymMessage,
  encodeNymMessage,
  type NymMessage,
  PLAIN_OVERHEAD,
  REPLY_OVERHEAD,
} from "../../lib/message/nym_message.ts";
import { decodeRecipient } from "../../lib/message/recipient.ts";
import { encodeReplySurb } from "../../lib/message/reply_surb.ts";
import { senderTag } from "../../lib/message/sender_tag.ts";
import { planSplit } from "../../lib/message/split_plan.ts";
import { hex, unhex } from "../support/hex.ts";
import { testSurbs } from "./reply_blocks.ts";

const TAG = "a774e8c88913ef4c145a339dddeb42e3";
const senderTagOf = () => senderTag(unhex(TAG));
const HELLO = new TextEncoder().encode("hello");

/** The recipient in the tests of nymtech/nym, `common/nymsphinx/addressing/src/clients.rs`. */
const RECIPIENT =
  "4305849203ec7459fe39839f45b537d00c6c88533a4cabc31f625c4044359cb8" +
  "64bd4903ee679c6c7cc72a4fac6251b1b664a7a44ab7c7d5a2ad66701e9f9442" +
  "2c4be6b68a72aaa3d152cc64765b3996d49397879410d5dfb6a4f225284989e4";

const V1 = testSurbs(2, { version: 258, rotation: "unknown" });
const V2_ODD = testSurbs(2);
const V2_EVEN = testSurbs(2, { rotation: "even" });
const V2_UNKNOWN = testSurbs(2, { rotation: "unknown" });
const V2_ONE_HOP = testSurbs(2, { hops: 1 });

const listed = (surbs: typeof V1) => hex(concat(...surbs.map(encodeReplySurb)));

const TABLE: [what: string, message: NymMessage, bytes: string][] = [
  ["plain, empty", { kind: "plain", data: new Uint8Array() }, "00"],
  ["plain", { kind: "plain", data: HELLO }, "00 68656c6c6f"],
  ["data V1 without blocks", {
    kind: "repliable",
    senderTag: senderTagOf(),
    content: { kind: "data", encoding: "v1", surbs: [], data: HELLO },
  }, `01 ${TAG} 00 00000000 68656c6c6f`],
  ["data V1", {
    kind: "repliable",
    senderTag: senderTagOf(),
    content: { kind: "data", encoding: "v1", surbs: V1, data: HELLO },
  }, `01 ${TAG} 00 00000002 ${listed(V1)} 68656c6c6f`],
  ["data V2 without blocks", {
    kind: "repliable",
    senderTag: senderTagOf(),
    content: { kind: "data", encoding: "v2", surbs: [], data: HELLO },
  }, `01 ${TAG} 03 0000 00 00 68656c6c6f`],
  ["data V2, no data", {
    kind: "repliable",
    senderTag: senderTagOf(),
    content: {
      kind: "data",
      encoding: "v2",
      surbs: V2_ODD,
      data: new Uint8Array(),
    },
  }, `01 ${TAG} 03 0002 04 01 ${listed(V2_ODD)}`],
  ["data V2, even rotation", {
    kind: "repliable",
    senderTag: senderTagOf(),
    content: { kind: "data", encoding: "v2", surbs: V2_EVEN, data: HELLO },
  }, `01 ${TAG} 03 0002 04 02 ${listed(V2_EVEN)} 68656c6c6f`],
  ["data V2, unknown rotation", {
    kind: "repliable",
    senderTag: senderTagOf(),
    content: { kind: "data", encoding: "v2", surbs: V2_UNKNOWN, data: HELLO },
  }, `01 ${TAG} 03 0002 04 00 ${listed(V2_UNKNOWN)} 68656c6c6f`],
  ["data V2, one hop", {
    kind: "repliable",
    senderTag: senderTagOf(),
    content: { kind: "data", encoding: "v2", surbs: V2_ONE_HOP, data: HELLO },
  }, `01 ${TAG} 03 0002 01 01 ${listed(V2_ONE_HOP)} 68656c6c6f`],
  ["additional blocks V1", {
    kind: "repliable",
    senderTag: senderTagOf(),
    content: { kind: "additionalSurbs", encoding: "v1", surbs: V1 },
  }, `01 ${TAG} 01 00000002 ${listed(V1)}`],
  ["additional blocks V2", {
    kind: "repliable",
    senderTag: senderTagOf(),
    content: { kind: "additionalSurbs", encoding: "v2", surbs: V2_ODD },
  }, `01 ${TAG} 04 0002 04 01 ${listed(V2_ODD)}`],
  ["heartbeat V1", {
    kind: "repliable",
    senderTag: senderTagOf(),
    content: { kind: "heartbeat", encoding: "v1", surbs: V1 },
  }, `01 ${TAG} 02 00000002 ${listed(V1)}`],
  ["heartbeat V2", {
    kind: "repliable",
    senderTag: senderTagOf(),
    content: { kind: "heartbeat", encoding: "v2", surbs: V2_EVEN },
  }, `01 ${TAG} 05 0002 04 02 ${listed(V2_EVEN)}`],
  ["reply", {
    kind: "reply",
    content: { kind: "data", data: HELLO },
  }, "02 00 68656c6c6f"],
  ["request for blocks", {
    kind: "reply",
    content: {
      kind: "surbRequest",
      recipient: decodeRecipient(unhex(RECIPIENT)),
      amount: 10,
    },
  }, `02 01 ${RECIPIENT} 0000000a`],
];

for (const [what, message, bytes] of TABLE) {
  Deno.test(`encodeNymMessage() and decodeNymMessage() agree on ${what}`, () => {
    assertEquals(hex(encodeNymMessage(message)), hex(unhex(bytes)));
    assertEquals<NymMessage>(decodeNymMessage(unhex(bytes)), message);
  });

  Deno.test(`decodeNymMessage() owns what it returns, ${what}`, () => {
    const larger = unhex(`ffff ${bytes} ffff`);
    const decoded = decodeNymMessage(larger.subarray(2, -2));
    larger.fill(0);
    assertEquals<NymMessage>(decoded, message);
  });
}

/** Of these, everything that is missing at the end is missed. */
const TRUNCATED = TABLE.filter(([, message]) =>
  message.kind === "repliable"
    ? message.content.kind !== "data"
    : message.kind === "reply" && message.content.kind === "surbRequest"
);

for (const [what, , bytes] of TRUNCATED) {
  Deno.test(`decodeNymMessage() refuses every truncation, ${what}`, () => {
    const whole = unhex(bytes);
    for (let length = 0; length < whole.length; length++) {
      assertThrows(
        () => decodeNymMessage(whole.subarray(0, length)),
        DecodeError,
      );
    }
  });
}

Deno.test("decodeNymMessage() refuses truncated blocks in front of data", () => {
  for (const [, message, bytes] of TABLE) {
    if (message.kind !== "repliable" || message.content.kind !== "data") {
      continue;
    }
    const whole = unhex(bytes);
    const end = whole.length - message.content.data.length;
    for (let length = 0; length < end; length++) {
      assertThrows(
        () => decodeNymMessage(whole.subarray(0, length)),
        DecodeError,
      );
    }
  }
});

const MALFORMED: [what: string, bytes: string][] = [
  ["no type", ""],
  ["unknown type", "03 68656c6c6f"],
  ["unknown content tag 6", `01 ${TAG} 06 0000 00 00`],
  ["unknown content tag 255", `01 ${TAG} ff 0000 00 00`],
  ["no content", `01 ${TAG} 03`],
  ["unknown rotation", `01 ${TAG} 03 0000 00 03`],
  ["a promise of 2^32 - 1 blocks", `01 ${TAG} 00 ffffffff 00`],
  ["a promise of 65535 blocks", `01 ${TAG} 03 ffff 04 01 00`],
  ["blocks without hops", `01 ${TAG} 03 0001 00 01 ${"04".repeat(396)}`],
  ["blocks of six hops", `01 ${TAG} 03 0001 06 01 ${"04".repeat(492)}`],
  ["blocks of 255 hops", `01 ${TAG} 03 0001 ff 01 ${"04".repeat(4476)}`],
  [
    "a block whose first hop is none",
    `01 ${TAG} 03 0001 04 01 ${"05".repeat(460)}`,
  ],
  ["a reply without tag", "02"],
  ["an empty reply", "02 00"],
  ["a reply with an unknown tag", "02 02 00"],
  ["a request with a byte too many", `02 01 ${RECIPIENT} 0000000a 00`],
  [
    "a request with a malformed address",
    `02 01 02${"00".repeat(31)}${RECIPIENT.slice(64)} 0000000a`,
  ],
];

for (const [what, bytes] of MALFORMED) {
  Deno.test(`decodeNymMessage() refuses ${what}`, () => {
    assertThrows(() => decodeNymMessage(unhex(bytes)), DecodeError);
  });
}

Deno.test("decodeNymMessage() takes a list without blocks whatever it says of their hops", () => {
  const decoded = decodeNymMessage(unhex(`01 ${TAG} 04 0000 ff 02`));
  assertEquals<unknown>(decoded, {
    kind: "repliable",
    senderTag: senderTagOf(),
    content: { kind: "additionalSurbs", encoding: "v2", surbs: [] },
  });
});

Deno.test("decodeNymMessage() ignores what follows additional blocks", () => {
  for (const [, message, bytes] of TABLE) {
    if (
      message.kind === "repliable" && message.content.kind !== "data"
    ) {
      assertEquals<NymMessage>(
        decodeNymMessage(unhex(`${bytes} 010203`)),
        message,
      );
    }
  }
});

Deno.test("encodeNymMessage() refuses an empty reply, which no client reads", () => {
  assertThrows(
    () =>
      encodeNymMessage({
        kind: "reply",
        content: { kind: "data", data: new Uint8Array() },
      }),
    RangeError,
  );
});

Deno.test("encodeNymMessage() refuses blocks that their encoding cannot hold", () => {
  for (
    const [encoding, surbs] of [
      ["v1", V2_ODD],
      ["v1", testSurbs(1, { version: 258, hops: 1 })],
      ["v2", V1],
      ["v2", [...V2_ODD, ...V2_EVEN]],
      ["v2", [...V2_ODD, ...V2_ONE_HOP]],
      ["v2", new Array(65_536).fill(V2_ODD[0]!)],
    ] as const
  ) {
    assertThrows(
      () =>
        encodeNymMessage({
          kind: "repliable",
          senderTag: senderTagOf(),
          content: { kind: "additionalSurbs", encoding, surbs },
        }),
      RangeError,
    );
  }
});

Deno.test("encodeNymMessage() writes the known sizes", () => {
  const packets = (
    encoding: "v1" | "v2",
    count: number,
    kind: "data" | "additionalSurbs",
  ) => {
    const { length } = encodeNymMessage({
      kind: "repliable",
      senderTag: senderTagOf(),
      content: {
        kind,
        encoding,
        surbs: new Array(count).fill((encoding === "v1" ? V1 : V2_ODD)[0]!),
        data: new Uint8Array(),
      },
    });
    return [length, planSplit(length, "regular").fragments];
  };
  assertEquals(packets("v2", 10, "data"), [4622, 3]);
  assertEquals(packets("v1", 10, "data")[1], 8);
  assertEquals(packets("v2", 100, "additionalSurbs"), [46_022, 29]);
  assertEquals(packets("v1", 100, "additionalSurbs")[1], 73);
});

Deno.test("PLAIN_OVERHEAD and REPLY_OVERHEAD are what a message has beside its data", () => {
  const plain = encodeNymMessage({ kind: "plain", data: HELLO });
  assertEquals(plain.length - HELLO.length, PLAIN_OVERHEAD);
  const reply = encodeNymMessage({
    kind: "reply",
    content: { kind: "data", data: HELLO },
  });
  assertEquals(reply.length - HELLO.length, REPLY_OVERHEAD);
});

Deno.test("decodeNymMessage() throws nothing but DecodeError, any bytes", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1, 2, 3),
      fc.uint8Array({ maxLength: 1500 }),
      (type, rest) => {
        try {
          decodeNymMessage(Uint8Array.of(type, ...rest));
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
      },
    ),
  );
});
