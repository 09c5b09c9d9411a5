import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  ConnectionError,
  DecodeError,
  EXIT,
  type ExitCode,
  NymError,
  UsageError,
} from "../../../lib/errors.ts";
import { parseRecipient } from "../../../lib/message/recipient.ts";
import {
  CHANNEL_ERRORS,
  type ChannelErrorCode,
  channelErrorOf,
  errorOf,
} from "../../../lib/wire/channel/channel_error.ts";
import { decodeChannelReply } from "../../../lib/wire/channel/decode_reply.ts";
import { encodeChannelReply } from "../../../lib/wire/channel/encode_reply.ts";
import { decodeFrame, encodeFrame } from "../../../lib/wire/channel/frame.ts";
import {
  decodeChannelRequest,
  encodeChannelRequest,
  idOfFrame,
  UnknownTypeError,
} from "../../../lib/wire/channel/request.ts";
import { unhex } from "../../support/hex.ts";
import { ADDRESS } from "../../support/memory_mailbox.ts";
import { REPLIES, REQUESTS } from "./examples.ts";

const recipient = parseRecipient(ADDRESS);

function headOf(frame: string | Uint8Array): string {
  if (typeof frame === "string") return frame;
  const length = new DataView(frame.buffer).getUint32(0);
  return new TextDecoder().decode(frame.subarray(4, 4 + length));
}

for (const [request, head] of REQUESTS) {
  Deno.test(`encodeChannelRequest() and decodeChannelRequest() agree: ${request.kind}`, () => {
    const frame = encodeChannelRequest(request);
    assertEquals(headOf(frame), head);
    assertEquals(decodeChannelRequest(frame), request);
  });
}

for (const [reply, head] of REPLIES) {
  Deno.test(`encodeChannelReply() and decodeChannelReply() agree: ${reply.kind}`, () => {
    const frame = encodeChannelReply(reply);
    assertEquals(headOf(frame), head);
    assertEquals(decodeChannelReply(frame), reply);
  });
}

Deno.test("decodeChannelRequest() takes text in the object, defaults, and keys it does not know", () => {
  assertEquals(
    decodeChannelRequest(
      `{"type":"send","id":1,"to":"${ADDRESS}","text":"grüße","later":true}`,
    ),
    {
      kind: "send",
      id: 1,
      target: { kind: "recipient", recipient },
      surbs: 0,
      senderTag: undefined,
      resendOf: undefined,
      body: new TextEncoder().encode("grüße"),
    },
  );
  assertEquals(decodeChannelRequest(`{"type":"subscribe","id":1}`), {
    kind: "subscribe",
    id: 1,
    group: undefined,
    window: 64,
  });
});

const REFUSED: [string, string | Uint8Array, string][] = [
  ["no JSON", "hello", "need JSON"],
  ["no object", "[]", "need an object"],
  ["no type", "{}", "type: missing"],
  ["a type of the native protocol", `{"type":"selfAddress"}`, `"selfAddress"`],
  ["the native probe", unhex("03"), "length of head"],
  ["a native send", unhex(`00${"11".repeat(112)}`), "head"],
  ["no id", `{"type":"queues"}`, "id: missing"],
  ["a negative id", `{"type":"queues","id":-1}`, "id: need an integer"],
  ["a fraction", `{"type":"queues","id":1.5}`, "id: need an integer"],
  ["no body", `{"type":"send","id":1,"to":"${ADDRESS}"}`, "text: missing"],
  ["nobody", `{"type":"send","id":1,"text":""}`, "exactly one of"],
  [
    "two targets",
    `{"type":"send","id":1,"text":"","to":"${ADDRESS}","replyTo":"1"}`,
    "exactly one of",
  ],
  ["no address", `{"type":"send","id":1,"text":"","to":"x"}`, "address"],
  ["no tag", `{"type":"send","id":1,"text":"","replyTo":"x"}`, "sender tag"],
  ["a huge window", `{"type":"subscribe","id":1,"window":1025}`, "window"],
  ["no window", `{"type":"subscribe","id":1,"window":0}`, "window"],
  ["a head beyond its frame", unhex("00000010 7b7d"), "need 16 bytes"],
  ["a head beyond bounds", unhex("00010001 7b7d"), "65537"],
  ["no UTF-8", unhex("00000002 c328"), "UTF-8"],
];

for (const [name, frame, words] of REFUSED) {
  Deno.test(`decodeChannelRequest() refuses ${name}`, () => {
    const error = assertThrows(() => decodeChannelRequest(frame), DecodeError);
    assert(error.message.includes(words), error.message);
  });
}

Deno.test("decodeChannelRequest() tells an unknown type from a broken request", () => {
  const unknown = `{"type":"selfAddress","id":3}`;
  assertThrows(() => decodeChannelRequest(unknown), UnknownTypeError);
  assertEquals(idOfFrame(unknown), 3);
  assertEquals(idOfFrame("hello"), undefined);
});

Deno.test("decodeChannelReply() refuses another version, stages and states that do not exist, and messages without bytes", () => {
  for (
    const frame of [
      REPLIES[0]![1].replace(`"v":1`, `"v":2`),
      `{"type":"stage","id":1,"stage":"read","sending":"s"}`,
      `{"type":"state","state":"tired"}`,
      `{"type":"message","subscription":1,"delivery":1,"message":"m","seq":1,"receivedAt":1,"stored":true,"redelivered":true}`,
    ]
  ) assertThrows(() => decodeChannelReply(frame), DecodeError);
});

Deno.test("decodeChannelReply() ignores types of a later version", () => {
  assertEquals(decodeChannelReply(`{"type":"surprise","id":1}`), undefined);
});

Deno.test("encodeFrame() and decodeFrame() agree on any body", () => {
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ maxLength: 50 }),
    (bytes, text) => {
      const frame = encodeFrame({ text }, bytes);
      const { head, body } = decodeFrame(frame);
      assertEquals(head.field("text").string(), text);
      assertEquals(body, new Uint8Array(bytes));
    },
  ));
});

Deno.test("errorOf() gives back what channelErrorOf() said, with class and exit code", () => {
  const errors: [NymError, ChannelErrorCode, ExitCode][] = [
    [new UsageError("a"), "usage", EXIT.usage],
    [new UsageError("a", { exitCode: EXIT.refused }), "refused", EXIT.refused],
    [new NymError("a", { exitCode: EXIT.noReply }), "noReply", EXIT.noReply],
    [new ConnectionError("a"), "lost", EXIT.lost],
    [new ConnectionError("a", { exitCode: EXIT.down }), "down", EXIT.down],
    [new NymError("a"), "failed", EXIT.failure],
  ];
  for (const [error, code, exitCode] of errors) {
    const travelled = channelErrorOf(error);
    assertEquals(travelled.code, code);
    const back = errorOf(travelled);
    assertEquals([back.message, back.exitCode], ["a", exitCode]);
  }
  for (const [code, exitCode] of Object.entries(CHANNEL_ERRORS)) {
    const error = errorOf({
      code: code as ChannelErrorCode,
      message: "m",
      hint: "h",
      mayArrive: true,
    });
    assertEquals([error.exitCode, error.hint, error.mayArrive], [
      exitCode,
      "h",
      true,
    ]);
  }
});

Deno.test("channelErrorOf() says nothing of errors that are not made for people", () => {
  assertEquals(channelErrorOf(new TypeError("inner secret")), {
    code: "failed",
    message: "Cannot do that: the client failed",
    hint: null,
    mayArrive: null,
  });
});

Deno.test("decodeChannelReply() takes an error code of a later version for a failure", () => {
  const reply = decodeChannelReply(
    `{"type":"error","id":1,"error":{"code":"quota","message":"m"}}`,
  );
  assertEquals(reply?.kind === "error" && reply.error.code, "failed");
});
