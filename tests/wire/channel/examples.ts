import { parseRecipient } from "../../../lib/message/recipient.ts";
import { senderTag } from "../../../lib/message/sender_tag.ts";
import type { ChannelReply } from "../../../lib/wire/channel/reply.ts";
import type { ChannelRequest } from "../../../lib/wire/channel/request.ts";
import { unhex } from "../../support/hex.ts";
import { ADDRESS } from "../../support/memory_mailbox.ts";

const recipient = parseRecipient(ADDRESS);
const tag = senderTag(unhex("2a".repeat(16)));
const body = Uint8Array.from({ length: 256 }, (_, i) => i);

/** Every request with the object that it is written as. */
export const REQUESTS: [ChannelRequest, string][] = [
  [
    {
      kind: "send",
      id: 1,
      target: { kind: "recipient", recipient },
      surbs: 10,
      senderTag: tag,
      resendOf: "s-1",
      body,
    },
    `{"type":"send","id":1,"to":"${ADDRESS}","surbs":10,"senderTag":"6CzGHguLGCk1f416kwDZB7","resendOf":"s-1"}`,
  ],
  [
    {
      kind: "send",
      id: 2,
      target: { kind: "reply", senderTag: tag },
      surbs: 0,
      senderTag: undefined,
      resendOf: undefined,
      body: new Uint8Array(),
    },
    `{"type":"send","id":2,"replyTo":"6CzGHguLGCk1f416kwDZB7","surbs":0}`,
  ],
  [
    { kind: "withdraw", id: 3, sending: 1 },
    `{"type":"withdraw","id":3,"sending":1}`,
  ],
  [
    { kind: "subscribe", id: 4, group: "workers", window: 8 },
    `{"type":"subscribe","id":4,"group":"workers","window":8}`,
  ],
  [
    { kind: "unsubscribe", id: 5, subscription: 4, keep: [1, 2], unseen: true },
    `{"type":"unsubscribe","id":5,"subscription":4,"keep":[1,2],"unseen":true}`,
  ],
  [
    { kind: "taken", id: 6, delivery: 9 },
    `{"type":"taken","id":6,"delivery":9}`,
  ],
  [{ kind: "pass", delivery: 9 }, `{"type":"pass","delivery":9}`],
  [{ kind: "adopt", id: 7, surb: body }, `{"type":"adopt","id":7}`],
  [{ kind: "queues", id: 8 }, `{"type":"queues","id":8}`],
];

/** Every reply with the object that it is written as. */
export const REPLIES: [ChannelReply, string][] = [
  [
    {
      kind: "welcome",
      version: 1,
      address: recipient,
      strongestStage: "acked",
      adoptsSurbs: false,
      maxBody: 1000,
      maxWindow: 100,
      maxSendings: 10,
    },
    `{"type":"welcome","v":1,"address":"${ADDRESS}","strongestStage":"acked","adoptsSurbs":false,"maxBody":1000,"maxWindow":100,"maxSendings":10}`,
  ],
  [
    { kind: "stage", id: 1, stage: "queued", sending: "s-1", packets: 3 },
    `{"type":"stage","id":1,"stage":"queued","sending":"s-1","packets":3}`,
  ],
  [
    {
      kind: "stage",
      id: 1,
      stage: "acked",
      sending: "s-1",
      packets: undefined,
    },
    `{"type":"stage","id":1,"stage":"acked","sending":"s-1"}`,
  ],
  [
    { kind: "progress", id: 1, progress: 5 },
    `{"type":"progress","id":1,"progress":5}`,
  ],
  [
    { kind: "withdrawn", id: 3, nothingLeft: true },
    `{"type":"withdrawn","id":3,"nothingLeft":true}`,
  ],
  [{ kind: "done", id: 4 }, `{"type":"done","id":4}`],
  [
    { kind: "adopted", id: 7, senderTag: tag },
    `{"type":"adopted","id":7,"senderTag":"6CzGHguLGCk1f416kwDZB7"}`,
  ],
  [
    {
      kind: "queues",
      id: 8,
      sendings: 1,
      packets: 2,
      waiting: 3,
      untaken: 4,
      consumers: 5,
    },
    `{"type":"queues","id":8,"sendings":1,"packets":2,"waiting":3,"untaken":4,"consumers":5}`,
  ],
  [
    {
      kind: "message",
      subscription: 4,
      delivery: 1,
      id: "m-1",
      seq: 7,
      senderTag: tag,
      replySurb: body,
      isReply: true,
      answers: tag,
      receivedAt: 1000,
      stored: true,
      redelivered: false,
      body,
    },
    `{"type":"message","subscription":4,"delivery":1,"message":"m-1","seq":7,"senderTag":"6CzGHguLGCk1f416kwDZB7","replySurb":"${body.toBase64()}","isReply":true,"answers":"6CzGHguLGCk1f416kwDZB7","receivedAt":1000,"stored":true,"redelivered":false}`,
  ],
  [{ kind: "draining" }, `{"type":"draining"}`],
  [
    { kind: "state", state: "reconnecting", reason: "gateway gone" },
    `{"type":"state","state":"reconnecting","reason":"gateway gone"}`,
  ],
  [
    {
      kind: "error",
      id: 1,
      error: {
        code: "noReply",
        message: "Cannot reply",
        hint: null,
        mayArrive: false,
      },
    },
    `{"type":"error","id":1,"error":{"code":"noReply","message":"Cannot reply","hint":null,"mayArrive":false}}`,
  ],
  [
    {
      kind: "error",
      id: undefined,
      error: { code: "frame", message: "x", hint: "y", mayArrive: null },
    },
    `{"type":"error","id":null,"error":{"code":"frame","message":"x","hint":"y","mayArrive":null}}`,
  ],
];
