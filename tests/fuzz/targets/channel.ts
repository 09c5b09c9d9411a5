import type { Bytes } from "../../../lib/bytes/brand.ts";
import { parseRecipient } from "../../../lib/message/recipient.ts";
import { senderTag } from "../../../lib/message/sender_tag.ts";
import { decodeChannelReply } from "../../../lib/wire/channel/decode_reply.ts";
import { encodeChannelReply } from "../../../lib/wire/channel/encode_reply.ts";
import type { ChannelReply } from "../../../lib/wire/channel/reply.ts";
import {
  type ChannelRequest,
  decodeChannelRequest,
  encodeChannelRequest,
  idOfFrame,
} from "../../../lib/wire/channel/request.ts";
import { RECIPIENT } from "../../wire/native/vectors.ts";
import type { FuzzRandom } from "../fuzz_random.ts";
import { mutateBytes } from "../mutate_bytes.ts";
import { mutateJson } from "../mutate_text.ts";
import { type FuzzTarget, fuzzTarget } from "../target.ts";

type Frame = string | Bytes;

const RECEIVER = parseRecipient(RECIPIENT);
const TAG = senderTag(new Uint8Array(16).fill(8));
const BODY = new Uint8Array(30).fill(5);

const REQUESTS: readonly ChannelRequest[] = [
  {
    kind: "send",
    id: 1,
    target: { kind: "recipient", recipient: RECEIVER },
    surbs: 10,
    senderTag: TAG,
    resendOf: "abc",
    body: BODY,
  },
  {
    kind: "send",
    id: 2,
    target: { kind: "reply", senderTag: TAG },
    surbs: 0,
    senderTag: undefined,
    resendOf: undefined,
    body: BODY,
  },
  { kind: "withdraw", id: 3, sending: 1 },
  { kind: "subscribe", id: 4, group: "workers", window: 10 },
  { kind: "unsubscribe", id: 5, subscription: 4, keep: [1, 2], unseen: true },
  { kind: "taken", id: 6, delivery: 1 },
  { kind: "pass", delivery: 2 },
  { kind: "adopt", id: 7, surb: BODY },
  { kind: "queues", id: 8 },
];

const REPLIES: readonly ChannelReply[] = [
  {
    kind: "welcome",
    version: 1,
    address: RECEIVER,
    strongestStage: "acked",
    adoptsSurbs: false,
    maxBody: 1000,
    maxWindow: 100,
    maxSendings: 10,
  },
  { kind: "stage", id: 1, stage: "queued", sending: "abc", packets: 3 },
  { kind: "progress", id: 1, progress: 5 },
  { kind: "withdrawn", id: 3, nothingLeft: true },
  { kind: "done", id: 4 },
  { kind: "adopted", id: 7, senderTag: TAG },
  {
    kind: "queues",
    id: 8,
    sendings: 1,
    packets: 2,
    waiting: 3,
    untaken: 4,
    consumers: 5,
  },
  {
    kind: "message",
    subscription: 4,
    delivery: 1,
    id: "m",
    seq: 9,
    senderTag: TAG,
    replySurb: BODY,
    isReply: false,
    answers: TAG,
    receivedAt: 1_767_225_600_000,
    stored: true,
    redelivered: false,
    body: BODY,
  },
  { kind: "state", state: "reconnecting", reason: "lost" },
  { kind: "draining" },
  {
    kind: "error",
    id: 1,
    error: { code: "address", message: "no", hint: null, mayArrive: false },
  },
];

/** Our own channel, both directions, text and binary frames. */
export function channelTargets(): FuzzTarget[] {
  const requests = REQUESTS.map(encodeChannelRequest);
  const replies = REPLIES.map(encodeChannelReply);
  return [
    fuzzTarget({
      name: "channel: requests",
      draw: (random) => mutateFrame(random, requests),
      feed(frame) {
        idOfFrame(frame);
        encodeChannelRequest(decodeChannelRequest(frame));
      },
    }),
    fuzzTarget({
      name: "channel: replies",
      draw: (random) => mutateFrame(random, replies),
      feed(frame) {
        const reply = decodeChannelReply(frame);
        if (reply !== undefined) encodeChannelReply(reply);
      },
    }),
  ];
}

/** Changes the object of a frame, or the bytes of one that has some. */
function mutateFrame(random: FuzzRandom, frames: readonly Frame[]): Frame {
  const frame = random.pick(frames);
  if (typeof frame === "string") return mutateJson(random, [JSON.parse(frame)]);
  if (random.chance(0.4)) return mutateBytes(random, [frame]);
  const length = new DataView(frame.buffer, frame.byteOffset).getUint32(0);
  const text = new TextDecoder().decode(frame.subarray(4, 4 + length));
  const head = mutateJson(random, [JSON.parse(text)]);
  return withHead(head, frame.subarray(4 + length));
}

/** `length of head (4) ‖ head ‖ bytes`, whatever the head is. */
function withHead(head: string, body: Uint8Array): Bytes {
  const bytes = new TextEncoder().encode(head);
  const frame = new Uint8Array(4 + bytes.length + body.length);
  new DataView(frame.buffer).setUint32(0, bytes.length);
  frame.set(bytes, 4);
  frame.set(body, 4 + bytes.length);
  return frame;
}
