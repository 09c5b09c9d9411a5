import { assertEquals, assertThrows } from "@std/assert";
import { encodeBase58 } from "../../../lib/bytes/base58.ts";
import { parseRecipient } from "../../../lib/message/recipient.ts";
import { senderTag } from "../../../lib/message/sender_tag.ts";
import { decodeTextRequest } from "../../../lib/wire/native/decode_text_request.ts";
import type { Dialect } from "../../../lib/wire/native/dialect.ts";
import { encodeTextRequest } from "../../../lib/wire/native/encode_text_request.ts";
import { errorText, NativeError } from "../../../lib/wire/native/error_code.ts";
import type { NativeRequest } from "../../../lib/wire/native/request.ts";
import { unhex } from "../../support/hex.ts";
import { NO_POINT, RECIPIENT, replySurb, SAMPLE } from "./vectors.ts";

const recipient = parseRecipient(RECIPIENT);
const body = new TextEncoder().encode("foomp");
const surb = replySurb();
const surbText = encodeBase58(surb);
const tag = senderTag(unhex("08".repeat(16)));
const tagText = "zXExeyvPEHUk9rjXTu78T";
const none = { lane: undefined };

const TABLE: [Dialect, NativeRequest, string][] = [
  [
    "a",
    { kind: "send", recipient, body, ...none },
    `{"type":"send","message":"foomp","recipient":"${RECIPIENT}","withReplySurb":false}`,
  ],
  [
    "a",
    { kind: "sendAnonymous", recipient, body, surbs: 1, ...none },
    `{"type":"send","message":"foomp","recipient":"${RECIPIENT}","withReplySurb":true}`,
  ],
  [
    "a",
    { kind: "reply", handle: { kind: "replySurb", surb }, body, ...none },
    `{"type":"reply","message":"foomp","replySurb":"${surbText}"}`,
  ],
  ["a", { kind: "selfAddress" }, `{"type":"selfAddress"}`],
  [
    "b",
    { kind: "send", recipient, body, lane: 0n },
    `{"type":"send","message":"foomp","recipient":"${RECIPIENT}","withReplySurb":false,"connectionId":0}`,
  ],
  [
    "b",
    { kind: "reply", handle: { kind: "replySurb", surb }, body, ...none },
    `{"type":"reply","message":"foomp","replySurb":"${surbText}"}`,
  ],
  ["b", { kind: "selfAddress" }, `{"type":"selfAddress"}`],
  [
    "c",
    { kind: "send", recipient, body, ...none },
    `{"type":"send","message":"foomp","recipient":"${RECIPIENT}"}`,
  ],
  [
    "c",
    { kind: "sendAnonymous", recipient, body, surbs: 10, lane: 42n },
    `{"type":"sendAnonymous","recipient":"${RECIPIENT}","message":"foomp","replySurbs":10,"connectionId":42}`,
  ],
  [
    "c",
    {
      kind: "reply",
      handle: { kind: "senderTag", senderTag: tag },
      body,
      ...none,
    },
    `{"type":"reply","senderTag":"${tagText}","message":"foomp"}`,
  ],
  ["c", { kind: "selfAddress" }, `{"type":"selfAddress"}`],
];

for (const [dialect, request, frame] of TABLE) {
  Deno.test(`encodeTextRequest() and decodeTextRequest() agree on dialect ${dialect}: ${frame.slice(0, 48)}`, () => {
    assertEquals(encodeTextRequest(request, dialect), frame);
    for (const strict of [true, false]) {
      assertEquals(decodeTextRequest(frame, dialect, { strict }), request);
    }
  });
}

Deno.test("encodeTextRequest() says what text cannot: bytes that are no UTF-8, lanes beyond 2^53, requests about lanes", () => {
  const wrong: NativeRequest[] = [
    { kind: "send", recipient, body: new Uint8Array([0xff]), ...none },
    { kind: "send", recipient, body, lane: 2n ** 53n },
    { kind: "getLaneQueueLength", lane: 1n },
    { kind: "reply", handle: { kind: "replySurb", surb }, body, ...none },
  ];
  for (const request of wrong) {
    assertThrows(() => encodeTextRequest(request, "c"), RangeError);
  }
});

const to = `"recipient":"${RECIPIENT}"`;
const send = `"type":"send","message":"x",${to}`;
const oldSend = `${send},"withReplySurb":false`;

/** Frames with the text of the error, after the colon: for dialects a and b, and for c. */
const CATALOGUE: [string, string, string?][] = [
  ["", "EOF while parsing a value at line 1 column 0"],
  ["hello", "expected value at line 1 column 1"],
  ["{}", "missing field `type` at line 1 column 2"],
  [
    "42",
    "invalid type: integer `42`, expected internally tagged enum ClientRequestText at line 1 column 2",
  ],
  [
    `{"type":1}`,
    "invalid type: integer `1`, expected variant identifier at line 1 column 9",
  ],
  [
    `{"type":"enviado","message":"x"}`,
    "unknown variant `enviado`, expected one of `send`, `selfAddress`, `reply` at line 1 column 17",
    "unknown variant `enviado`, expected one of `send`, `sendAnonymous`, `reply`, `selfAddress` at line 1 column 17",
  ],
  [
    `{"type":"selfaddress"}`,
    "unknown variant `selfaddress`, expected one of `send`, `selfAddress`, `reply` at line 1 column 21",
    "unknown variant `selfaddress`, expected one of `send`, `sendAnonymous`, `reply`, `selfAddress` at line 1 column 21",
  ],
  [`{"type":"send"}`, "missing field `message`"],
  [
    `{"type":"send","message":"x","recipient-address":"${RECIPIENT}"}`,
    "missing field `recipient`",
  ],
  [
    `{"type":"sendAnonymous","message":"x",${to}}`,
    "unknown variant `sendAnonymous`, expected one of `send`, `selfAddress`, `reply` at line 1 column 23",
    "missing field `replySurbs`",
  ],
  [
    `{"type":"reply","message":"x"}`,
    "missing field `replySurb`",
    "missing field `senderTag`",
  ],
  [`{"type":"selfAddress"} x`, "trailing characters at line 1 column 24"],
  [
    `{"type":"send","message":"x","message":"y"}`,
    "duplicate field `message`",
  ],
  [
    `{"type":"selfAddress","type":"selfAddress"}`,
    "duplicate field `type` at line 1 column 28",
  ],
  [
    `{"type":"send","message":5,${to}}`,
    "invalid type: integer `5`, expected a string",
  ],
  [
    `{"type":"send","message":null,${to}}`,
    "invalid type: null, expected a string",
  ],
  [`{"type":"send",}`, "trailing comma at line 1 column 16"],
  [`{"type":"send"`, "EOF while parsing an object at line 1 column 14"],
  [`{"type":"send`, "EOF while parsing a string at line 1 column 13"],
  ['{\n"type" 1}', "expected `:` at line 2 column 8"],
  [`["grüße`, "EOF while parsing a string at line 1 column 9"],
  [
    `{"type":"a\u0001"}`,
    String
      .raw`control character (\u0000-\u001F) found while parsing a string at line 1 column 11`,
  ],
  [
    String.raw`{"type":"\ud800x"}`,
    "unexpected end of hex escape at line 1 column 16",
  ],
  ["nul", "EOF while parsing a value at line 1 column 3"],
  ["[1,]", "trailing comma at line 1 column 4"],
  ["01", "invalid number at line 1 column 2"],
  ["[".repeat(128), "recursion limit exceeded at line 1 column 128"],
];

for (const [frame, old, current = old] of CATALOGUE) {
  for (
    const [dialect, detail] of [["a", old], ["b", old], ["c", current]] as const
  ) {
    Deno.test(`decodeTextRequest() refuses in the words of dialect ${dialect}: ${JSON.stringify(frame).slice(0, 60)}`, () => {
      const error = assertThrows(
        () => decodeTextRequest(frame, dialect, { strict: true }),
        NativeError,
      );
      assertEquals(
        errorText(error.kind, error.detail),
        `malformed request:${detail}`,
      );
    });
  }
}

/** The same where the fields of a whole message matter; no text means that the frame is taken. */
const FIELDS: [string, Partial<Record<Dialect, string>>][] = [
  [`{${send}}`, {
    a: "missing field `withReplySurb`",
    b: "missing field `withReplySurb`",
  }],
  [`{${send},"withReplySurb":"false"}`, {
    a: `invalid type: string "false", expected a boolean`,
    b: `invalid type: string "false", expected a boolean`,
  }],
  [`{${oldSend},"connectionId":-1}`, {
    b: "invalid value: integer `-1`, expected u64",
    c: "invalid value: integer `-1`, expected u64",
  }],
  [`{${oldSend},"connectionId":"5"}`, {
    b: `invalid type: string "5", expected u64`,
    c: `invalid type: string "5", expected u64`,
  }],
  [`{${oldSend},"connectionId":1.5}`, {
    b: "invalid type: floating point `1.5`, expected u64",
    c: "invalid type: floating point `1.5`, expected u64",
  }],
  [`{${oldSend},"connectionId":null}`, {}],
  [`{${oldSend},"unknown":{"deep":[1]}}`, {}],
  [`{"type":"send","message":{"a":1},${to},"withReplySurb":true}`, {
    a: "invalid type: map, expected a string",
    b: "invalid type: map, expected a string",
    c: "invalid type: map, expected a string",
  }],
];

for (const [frame, expected] of FIELDS) {
  for (const dialect of ["a", "b", "c"] as const) {
    Deno.test(`decodeTextRequest() in dialect ${dialect}: ${frame.replace(RECIPIENT, "…")}`, () => {
      const decode = () => decodeTextRequest(frame, dialect, { strict: true });
      const detail = expected[dialect];
      if (detail === undefined) return void decode();
      assertEquals(assertThrows(decode, NativeError).detail, detail);
    });
  }
}

Deno.test("decodeTextRequest() refuses more reply blocks than 32 bits say, null and no number", () => {
  for (
    const [value, detail] of [
      ["4294967296", "invalid value: integer `4294967296`, expected u32"],
      ["null", "invalid type: null, expected u32"],
      ["1e2", "invalid type: floating point `100.0`, expected u32"],
      [
        "18446744073709551616",
        "invalid type: floating point `18446744073709552000.0`, expected u32",
      ],
    ]
  ) {
    const frame =
      `{"type":"sendAnonymous","message":"x",${to},"replySurbs":${value}}`;
    const error = assertThrows(
      () => decodeTextRequest(frame, "c"),
      NativeError,
    );
    assertEquals(error.detail, detail);
  }
});

Deno.test("decodeTextRequest() trap: no reply blocks at all are a legal number of them", () => {
  const frame = `{"type":"sendAnonymous","message":"x",${to},"replySurbs":0}`;
  const request = decodeTextRequest(frame, "c", { strict: true });
  assertEquals(request.kind === "sendAnonymous" && request.surbs, 0);
});

Deno.test("decodeTextRequest() trap: requests about lanes have no JSON in native clients", () => {
  for (const type of ["getLaneQueueLength", "closedConnection"]) {
    for (const dialect of ["a", "b", "c"] as const) {
      const frame = `{"type":"${type}","connectionId":1}`;
      const error = assertThrows(
        () => decodeTextRequest(frame, dialect, { strict: true }),
        NativeError,
        `unknown variant \`${type}\``,
      );
      assertEquals(error.kind, "malformedRequest");
    }
  }
});

Deno.test("decodeTextRequest() takes the whole range of lanes without rounding", () => {
  const frame = `{${send},"connectionId":18446744073709551615}`;
  const request = decodeTextRequest(frame, "c");
  assertEquals("lane" in request && request.lane, 2n ** 64n - 1n);
});

Deno.test("decodeTextRequest() trap: connection id 0 is a lane in JSON", () => {
  const request = decodeTextRequest(`{${send},"connectionId":0}`, "c");
  assertEquals("lane" in request && request.lane, 0n);
});

Deno.test("decodeTextRequest() trap: dialect c ignores withReplySurb when it is strict", () => {
  const frame = `{${send},"withReplySurb":true}`;
  assertEquals(
    decodeTextRequest(frame, "c", { strict: true }).kind,
    "send",
  );
});

Deno.test("decodeTextRequest() takes the type anywhere and escapes as JSON has them", () => {
  const frame = String.raw`{ "message" : "a\u00e9\ud83d\ude00\n\"" ,` +
    `${to}, "type":"send"} \n`;
  const request = decodeTextRequest(frame, "c");
  assertEquals(
    "body" in request && new TextDecoder().decode(request.body),
    'aé😀\n"',
  );
});

Deno.test("decodeTextRequest() takes arrays by position, as native clients do by accident", () => {
  assertEquals(decodeTextRequest(`["selfAddress"]`, "c"), {
    kind: "selfAddress",
  });
  assertEquals(decodeTextRequest(`["send","foomp","${RECIPIENT}",null]`, "c"), {
    kind: "send",
    recipient,
    body,
    lane: undefined,
  });
  for (
    const [frame, detail] of [
      [
        `["send","foomp"]`,
        "invalid length 1, expected struct variant ClientRequestText::Send with 3 elements",
      ],
      [`[]`, "missing field `type` at line 1 column 2"],
      [
        `["selfAddress",1]`,
        "invalid length 1, expected 0 elements in sequence",
      ],
    ] as const
  ) {
    const error = assertThrows(
      () => decodeTextRequest(frame, "c"),
      NativeError,
    );
    assertEquals(error.detail, detail);
  }
});

const B58 = "provided string contained invalid character '0' at byte 0";
const [identity, rest] = RECIPIENT.split(".") as [string, string];
const [encryption, gateway] = rest.split("@") as [string, string];

/** Recipients with the error's text, up to 1.1.3 and since 1.1.5. */
const ADDRESSES: [string, string, string, string][] = [
  [
    "no @",
    "abc",
    "recipient is malformed",
    "recipient is malformed - the string address does not contain exactly a single '@' character ",
  ],
  [
    "trap: two parts, as in old documents",
    `${identity}@${gateway}`,
    "recipient is malformed",
    "recipient is malformed - the string address does not contain exactly a single '.' character ",
  ],
  [
    "a blank before it",
    ` ${RECIPIENT}`,
    "recipient's identity key is malformed: malformed string - provided string contained invalid character ' ' at byte 0",
    "recipient's identity key is malformed: the base58 representation of the public key was malformed - provided string contained invalid character ' ' at byte 0",
  ],
  [
    "an identity that is not base58",
    `0.${rest}`,
    `recipient's identity key is malformed: malformed string - ${B58}`,
    `recipient's identity key is malformed: the base58 representation of the public key was malformed - ${B58}`,
  ],
  [
    "an identity that is no point",
    `${NO_POINT}.${rest}`,
    "recipient's identity key is malformed: malformed bytes - signature error",
    "recipient's identity key is malformed: signature error: Cannot decompress Edwards point",
  ],
  [
    "an identity of another length",
    `11.${rest}`,
    "recipient's identity key is malformed: malformed bytes - signature error",
    "recipient's identity key is malformed: could not convert slice to array",
  ],
  [
    "an encryption key of another length",
    `${identity}.11@${gateway}`,
    "recipient's encryption key is malformed: Invalid public key bytes",
    "recipient's encryption key is malformed: received public key of invalid size. Got: 2, expected: 32",
  ],
  [
    "a gateway that is not base58",
    `${identity}.${encryption}@0`,
    `recipient gateway's identity key is malformed: malformed string - ${B58}`,
    `recipient gateway's identity key is malformed: the base58 representation of the public key was malformed - ${B58}`,
  ],
];

for (const [name, address, old, current] of ADDRESSES) {
  Deno.test(`decodeTextRequest() refuses a recipient in the words of each dialect: ${name}`, () => {
    for (const dialect of ["a", "b", "c"] as const) {
      const frame = JSON.stringify({
        type: "send",
        message: "x",
        recipient: address,
        withReplySurb: false,
      });
      const error = assertThrows(
        () => decodeTextRequest(frame, dialect),
        NativeError,
      );
      assertEquals(error.kind, "malformedRequest");
      assertEquals(error.detail, dialect === "c" ? current : old);
    }
  });
}

Deno.test("decodeTextRequest() takes the sample address of old documents, and any 32 bytes as an encryption key", () => {
  for (
    const address of [
      SAMPLE,
      `${identity}.${encodeBase58(new Uint8Array(32).fill(255))}@${gateway}`,
      `${identity}.${"1".repeat(32)}@${gateway}`,
    ]
  ) {
    const frame = `{"type":"send","message":"x","recipient":"${address}"}`;
    assertEquals(decodeTextRequest(frame, "c").kind, "send");
  }
});

Deno.test("decodeTextRequest() refuses sender tags in the words of native clients", () => {
  for (
    const [text, detail] of [
      ["0", `Failed to decode the base58-encoded string - ${B58}`],
      [
        "11",
        "Decoded AnonymousSenderTag has invalid length. Expected 16, but got 2",
      ],
    ]
  ) {
    const frame = `{"type":"reply","message":"x","senderTag":"${text}"}`;
    const error = assertThrows(
      () => decodeTextRequest(frame, "c"),
      NativeError,
    );
    assertEquals(error.detail, detail);
  }
});

Deno.test("decodeTextRequest() trap: a reply block that is empty, no base58, too short or too long is refused, not fatal", () => {
  for (
    const [text, detail] of [
      [
        "",
        "failed to recover reply SURB encryption key from bytes: provided bytes have invalid length",
      ],
      ["0", `reply SURB is incorrectly formatted: ${B58}`],
      [
        "1".repeat(40),
        "failed to recover reply SURB from bytes: provided bytes have invalid length",
      ],
      [
        "2".repeat(100_000),
        "failed to recover reply SURB from bytes: provided bytes have invalid length",
      ],
    ]
  ) {
    const frame = JSON.stringify({
      type: "reply",
      message: "x",
      replySurb: text,
    });
    const error = assertThrows(
      () => decodeTextRequest(frame, "a"),
      NativeError,
    );
    assertEquals(error.detail, detail);
  }
});

Deno.test("decodeTextRequest() refuses an answer above 1610 bytes through a reply block, kind other", () => {
  const frame = JSON.stringify({
    type: "reply",
    message: "é".repeat(806),
    replySurb: surbText,
  });
  const error = assertThrows(() => decodeTextRequest(frame, "b"), NativeError);
  assertEquals(
    errorText(error.kind, error.detail),
    "other:too long message to put inside a reply SURB. Received: 1612 bytes and maximum is 1610 bytes",
  );
});
