import { assertEquals, assertThrows } from "@std/assert";
import { encodeBase58 } from "../../../lib/bytes/base58.ts";
import { parseRecipient } from "../../../lib/message/recipient.ts";
import { senderTag } from "../../../lib/message/sender_tag.ts";
import { decodeTextRequest } from "../../../lib/wire/native/decode_text_request.ts";
import type { Dialect } from "../../../lib/wire/native/dialect.ts";
import { NativeError } from "../../../lib/wire/native/error_code.ts";
import { surbOfTag, tagOfSurb } from "../../../lib/wire/native/reply_handle.ts";
import type { NativeRequest } from "../../../lib/wire/native/request.ts";
import { unhex } from "../../support/hex.ts";
import { RECIPIENT, replySurb, SAMPLE } from "./vectors.ts";

const recipient = parseRecipient(RECIPIENT);
const body = new TextEncoder().encode("foomp");
const tag = senderTag(unhex("08".repeat(16)));
const tagText = "zXExeyvPEHUk9rjXTu78T";
const byTag = { kind: "senderTag", senderTag: tag } as const;
const plain: NativeRequest = { kind: "send", recipient, body, lane: undefined };
const message = "foomp";

const ACCEPTED: [string, Dialect, unknown, NativeRequest][] = [
  ...["recipient_address", "recipientAddress", "destinatario", "to"].map((
    key,
  ): [string, Dialect, unknown, NativeRequest] => [
    `${key}`,
    "c",
    { type: "send", message, [key]: RECIPIENT },
    plain,
  ]),
  [
    "recipient twice, the same",
    "c",
    { type: "send", message, recipient: RECIPIENT, to: RECIPIENT },
    plain,
  ],
  [
    "the machine-translated request",
    "c",
    { tipo: "enviar", mensaje: message, destinatario: RECIPIENT },
    plain,
  ],
  [
    "type beats tipo",
    "c",
    { tipo: "x", type: "send", message, recipient: RECIPIENT },
    plain,
  ],
  ["self_address", "c", { type: "self_address" }, { kind: "selfAddress" }],
  [
    "send_anonymous",
    "c",
    { type: "send_anonymous", message, recipient: RECIPIENT, replySurbs: 3 },
    { kind: "sendAnonymous", recipient, body, surbs: 3, lane: undefined },
  ],
  [
    "responder",
    "c",
    { type: "responder", mensaje: message, senderTag: tagText },
    { kind: "reply", handle: byTag, body, lane: undefined },
  ],
  [
    "withReplySurb means reply blocks",
    "c",
    { type: "send", message, recipient: RECIPIENT, withReplySurb: true },
    { kind: "sendAnonymous", recipient, body, surbs: 10, lane: undefined },
  ],
  [
    "withReplySurb false",
    "c",
    { type: "send", message, recipient: RECIPIENT, withReplySurb: false },
    plain,
  ],
  [
    "withReplySurb may be missing",
    "a",
    { type: "send", message, recipient: RECIPIENT },
    plain,
  ],
  [
    "withReplySurb of dialect a attaches one",
    "a",
    { type: "send", message, recipient: RECIPIENT, withReplySurb: true },
    { kind: "sendAnonymous", recipient, body, surbs: 1, lane: undefined },
  ],
  [
    "connection_id",
    "c",
    { type: "send", message, recipient: RECIPIENT, "connection_id": 7 },
    { kind: "send", recipient, body, lane: 7n },
  ],
  [
    "lane is no name for it in a send",
    "c",
    { type: "send", message, recipient: RECIPIENT, lane: 7 },
    plain,
  ],
  [
    "getLaneQueueLength in JSON",
    "c",
    { type: "getLaneQueueLength", lane: 7 },
    { kind: "getLaneQueueLength", lane: 7n },
  ],
  [
    "closedConnection in JSON",
    "b",
    { type: "closedConnection", connectionId: 7 },
    { kind: "closedConnection", lane: 7n },
  ],
  [
    "dialect c's requests on a listener of dialect a",
    "a",
    { type: "sendAnonymous", message, recipient: RECIPIENT, replySurbs: 5 },
    { kind: "sendAnonymous", recipient, body, surbs: 5, lane: undefined },
  ],
  [
    "a sender tag on a listener of dialect a",
    "a",
    { type: "reply", message, senderTag: tagText },
    { kind: "reply", handle: byTag, body, lane: undefined },
  ],
  [
    "a sender tag as replySurb",
    "c",
    { type: "reply", message, replySurb: tagText },
    { kind: "reply", handle: byTag, body, lane: undefined },
  ],
  [
    "a sender tag in the shape of a reply block",
    "c",
    { type: "reply", message, replySurb: encodeBase58(surbOfTag(tag)) },
    { kind: "reply", handle: byTag, body, lane: undefined },
  ],
];

for (const [name, dialect, frame, request] of ACCEPTED) {
  Deno.test(`decodeTextRequest() trap: accepts ${name}`, () => {
    assertEquals(decodeTextRequest(JSON.stringify(frame), dialect), request);
  });
}

Deno.test("decodeTextRequest() trap: a message that is an object travels as compact JSON", () => {
  const frame =
    `{"type":"send","recipient":"${RECIPIENT}","message": { "sender": "x", "chatMessage": [1, "ü"] } }`;
  const request = decodeTextRequest(frame, "c");
  assertEquals(
    "body" in request && new TextDecoder().decode(request.body),
    `{"sender":"x","chatMessage":[1,"ü"]}`,
  );
});

Deno.test("decodeTextRequest() takes a configured number of reply blocks for withReplySurb", () => {
  const frame = JSON.stringify({
    type: "send",
    message,
    recipient: RECIPIENT,
    withReplySurb: true,
  });
  const request = decodeTextRequest(frame, "c", { defaultSurbs: 25 });
  assertEquals(request.kind === "sendAnonymous" && request.surbs, 25);
});

const REFUSED: [string, Dialect, unknown, string][] = [
  [
    "two recipients that differ",
    "c",
    { type: "send", message, recipient: RECIPIENT, to: SAMPLE },
    "fields `recipient` and `to` name different recipients",
  ],
  [
    "a reply block that somebody else holds",
    "c",
    { type: "reply", message, replySurb: encodeBase58(replySurb()) },
    "this client keeps reply SURBs itself: answer with the `senderTag` of the message",
  ],
  [
    "keys are case sensitive",
    "c",
    { type: "selfaddress" },
    "unknown variant `selfaddress`, expected one of `send`, `sendAnonymous`, `reply`, `selfAddress` at line 1 column 21",
  ],
  [
    "getLaneQueueLength without a lane",
    "c",
    { type: "getLaneQueueLength" },
    "missing field `connectionId`",
  ],
  [
    "getLaneQueueLength where there are no lanes",
    "a",
    { type: "getLaneQueueLength", lane: 1 },
    "unknown variant `getLaneQueueLength`, expected one of `send`, `selfAddress`, `reply` at line 1 column 28",
  ],
];

for (const [name, dialect, frame, detail] of REFUSED) {
  Deno.test(`decodeTextRequest() trap: refuses ${name}`, () => {
    const error = assertThrows(
      () => decodeTextRequest(JSON.stringify(frame), dialect),
      NativeError,
    );
    assertEquals(error.detail, detail);
  });
}

Deno.test("decodeTextRequest() takes none of the old spellings when it is strict", () => {
  for (
    const [frame, detail] of [
      [
        { type: "send", message, "recipient_address": RECIPIENT },
        "missing field `recipient`",
      ],
      [
        { type: "getLaneQueueLength", connectionId: 1 },
        "unknown variant `getLaneQueueLength`, expected one of `send`, `sendAnonymous`, `reply`, `selfAddress` at line 1 column 28",
      ],
      [
        { type: "reply", message, replySurb: tagText },
        "missing field `senderTag`",
      ],
    ] as const
  ) {
    const error = assertThrows(
      () => decodeTextRequest(JSON.stringify(frame), "c", { strict: true }),
      NativeError,
    );
    assertEquals(error.detail, detail);
  }
});

Deno.test("surbOfTag() has the shape of a reply block, and tagOfSurb() knows it from a real one", () => {
  const surb = surbOfTag(tag);
  assertEquals(surb.length, 1164);
  assertEquals(tagOfSurb(surb), tag);
  assertEquals(tagOfSurb(replySurb()), undefined);
  assertEquals(tagOfSurb(surb.subarray(1)), undefined);
});
