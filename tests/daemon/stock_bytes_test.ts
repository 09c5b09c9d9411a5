import { assertEquals } from "@std/assert";
import { encodeBase58 } from "../../lib/bytes/base58.ts";
import type { StockDialect } from "../../lib/daemon/stock_options.ts";
import type { Frame } from "../../lib/transport/transport.ts";
import { senderTag } from "../../lib/message/sender_tag.ts";
import { surbOfTag } from "../../lib/wire/native/reply_handle.ts";
import { hex, unhex } from "../support/hex.ts";
import { startStock } from "../support/stock_fixture.ts";
import {
  RECIPIENT,
  RECIPIENT_HEX,
  REQUESTS,
  RESPONSES,
} from "../wire/native/vectors.ts";

const tag = senderTag(unhex("2a".repeat(16)));
const TAG = "6CzGHguLGCk1f416kwDZB7";
const surb = surbOfTag(tag);
const FOOMP = "0000000000000005666f6f6d70";
const REPLY = `01000000000000048c${hex(surb)}${FOOMP}`;
const REPLY_TEXT = `{"type":"reply","message":"foomp","replySurb":"${
  encodeBase58(surb)
}"}`;
const ADDRESS_TEXT = `{"type":"selfAddress","address":"${RECIPIENT}"}`;
const to = `"message":"foomp","recipient":"${RECIPIENT}"`;
const ONE_ON_42 = "03000000000000002a0000000000000001";
const NONE_ON_42 = "03000000000000002a0000000000000000";
const CONFIRMED = `{"type":"send"}`;
const error = (message: string) => `{"type":"error","message":"${message}"}`;
const NO_RECIPIENT = error("malformed request:missing field `recipient`");

/** What is sent on: how many reply blocks go with it, or the tag that it answers. */
type Sent = number | "reply";
/** A request, what is answered to it, and what is sent on. Text as it is, bytes in hex. */
type Row = [name: string, request: string, answers: string[], sent?: Sent];

/** What dialects have in common. */
const COMMON: Row[] = [
  ["selfAddress in JSON", `{"type":"selfAddress"}`, [ADDRESS_TEXT]],
  ["nothing at all", "", [RESPONSES.emptyRequest]],
  ["a send without an address", `{"type":"send","message":"x"}`, [
    NO_RECIPIENT,
  ]],
  ["a short send", "00", [RESPONSES.tooShortSend]],
];

const OLD: Row[] = [
  ["selfAddress", REQUESTS.abSelfAddress, [RESPONSES.selfAddress]],
  ["trap: selfAddress and more bytes", "02ff", [RESPONSES.selfAddress]],
  ["reply", REPLY, [], "reply"],
  ["reply in JSON", REPLY_TEXT, [], "reply"],
  ["an unknown request", "09", [RESPONSES.abUnknown]],
];

const PLAIN_TEXT = `{"type":"send",${to},"withReplySurb":false}`;
const SURB_TEXT = `{"type":"send",${to},"withReplySurb":true}`;

const A: Row[] = [
  ...OLD,
  ["send", REQUESTS.aSend, [], 0],
  ["send with a reply block", REQUESTS.aSendSurb, [], 1],
];

const TABLE: Record<StockDialect, Row[]> = {
  a: [
    ...A,
    ["send in JSON", PLAIN_TEXT, [], 0],
    ["send with a reply block in JSON", SURB_TEXT, [], 1],
    [
      "trap: there are no lanes",
      `{"type":"send",${to},"withReplySurb":false,"connectionId":42}`,
      [],
      0,
    ],
    ["trap: the tag of lanes is unknown", "03", [
      "00030000000000000006747970652033",
    ]],
  ],
  docs: [
    ...A,
    ["trap: a send in JSON is confirmed", PLAIN_TEXT, [CONFIRMED], 0],
    ["trap: so is one with a reply block", SURB_TEXT, [CONFIRMED], 1],
    [
      "trap: recipient_address, as it is printed",
      `{"type":"send","message":"foomp","recipient_address":"${RECIPIENT}"}`,
      [CONFIRMED],
      0,
    ],
  ],
  b: [
    ...OLD,
    ["send", `0000${RECIPIENT_HEX}0000000000000000${FOOMP}`, [], 0],
    ["send on a lane", REQUESTS.bSendLane, [ONE_ON_42], 0],
    ["send with a reply block", REQUESTS.bSendSurb, [], 1],
    ["send in JSON", PLAIN_TEXT, [], 0],
    ["send with a reply block in JSON", SURB_TEXT, [], 1],
    [
      "trap: send on lane 0 in JSON",
      `{"type":"send",${to},"withReplySurb":false,"connectionId":0}`,
      [`{"type":"laneQueueLength","lane":0,"queue_length":1}`],
      0,
    ],
    ["closedConnection", REQUESTS.bClosedConnection, []],
    ["getLaneQueueLength", REQUESTS.bGetLaneQueueLength, [NONE_ON_42]],
    ["trap: selfAddress of dialect c is a short closedConnection", "03", [
      "00040000000000000031" +
      hex(new TextEncoder().encode(
        "the received closed connection has invalid length",
      )),
    ]],
  ],
  c: [
    ["selfAddress", REQUESTS.cSelfAddress, [RESPONSES.selfAddress]],
    ["trap: selfAddress and more bytes", "03ff", [RESPONSES.selfAddress]],
    ["trap: selfAddress of dialects a and b is a short reply", "02", [
      "0002000000000000002b" +
      hex(new TextEncoder().encode(
        "not enough data provided to recover 'reply'",
      )),
    ]],
    ["send", REQUESTS.cSend, [], 0],
    ["send on a lane", REQUESTS.cSendLane, [ONE_ON_42], 0],
    ["send in JSON", `{"type":"send",${to}}`, [], 0],
    ["sendAnonymous", REQUESTS.cSendAnonymous, [ONE_ON_42], 10],
    [
      "sendAnonymous in JSON",
      `{"type":"sendAnonymous",${to},"replySurbs":10,"connectionId":42}`,
      [`{"type":"laneQueueLength","lane":42,"queue_length":1}`],
      10,
    ],
    [
      "reply",
      `02${"2a".repeat(16)}000000000000002a${FOOMP}`,
      [ONE_ON_42],
      "reply",
    ],
    [
      "reply in JSON",
      `{"type":"reply","senderTag":"${TAG}","message":"foomp"}`,
      [],
      "reply",
    ],
    ["closedConnection", REQUESTS.cClosedConnection, []],
    ["getLaneQueueLength", REQUESTS.cGetLaneQueueLength, [NONE_ON_42]],
    ["an unknown request", "09", [RESPONSES.cUnknown]],
  ],
};

for (const dialect of ["a", "b", "c", "docs"] as const) {
  for (const [name, request, answers, sent] of [...COMMON, ...TABLE[dialect]]) {
    Deno.test(`serveStock() in dialect ${dialect}, byte for byte: ${name}`, async () => {
      await using stock = await startStock({ dialect });
      await using program = await stock.connect();
      program.send(frameOf(request));
      // What is always answered shows that nothing else was.
      program.send(unhex(dialect === "c" ? "03" : "02"));
      for (const answer of [...answers, RESPONSES.selfAddress]) {
        assertEquals(shown(await program.next()), answer);
      }
      const [message] = stock.mailbox.sent;
      assertEquals(message?.text, sent === undefined ? undefined : "foomp");
      if (sent === "reply") {
        const target = { kind: "reply", senderTag: tag } as const;
        assertEquals(message?.message.target, target);
      } else assertEquals(message?.message.surbs, sent);
    });
  }
}

const WITH_SURB = `0101000000000000048c${hex(surb)}${FOOMP}`;
const received = (handle: string) =>
  `{"type":"received","message":"foomp",${handle}}`;

/** What is pushed of a message without a tag, and of one with: in binary, and in text. */
const PUSHED: [StockDialect, string[], string[]][] = [
  ...(["a", "b", "docs"] as const).map((dialect): typeof PUSHED[number] => [
    dialect,
    [RESPONSES.received, WITH_SURB],
    [
      received(`"replySurb":null`),
      received(`"replySurb":"${encodeBase58(surb)}"`),
    ],
  ]),
  ["c", [RESPONSES.received, RESPONSES.cReceivedTag], [
    received(`"senderTag":null`),
    received(`"senderTag":"${TAG}"`),
  ]],
];

for (const [dialect, binary, text] of PUSHED) {
  Deno.test(`serveStock() in dialect ${dialect}, byte for byte: received, in the mode of the last frame`, async () => {
    await using stock = await startStock({ dialect });
    await using program = await stock.connect();
    const ask = { binary: "01", text: "what?" };
    for (const [mode, expected] of [[ask.binary, binary], [ask.text, text]]) {
      await program.ask(frameOf(mode as string));
      stock.mailbox.deliver("foomp");
      stock.mailbox.deliver("foomp", { senderTag: tag });
      for (const frame of expected as string[]) {
        assertEquals(shown(await program.next()), frame);
      }
    }
  });
}

/** A frame of the tables: text unless it is hex. */
function frameOf(text: string): string | Uint8Array {
  return /^([0-9a-f]{2})*$/.test(text) ? unhex(text) : text;
}

function shown(frame: Frame): string {
  return typeof frame === "string" ? frame : hex(frame);
}
