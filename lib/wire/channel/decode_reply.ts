import type { Bytes } from "../../bytes/brand.ts";
import { parseRecipient } from "../../message/recipient.ts";
import { parseSenderTag } from "../../message/sender_tag.ts";
import type { JsonReader } from "../json_reader.ts";
import { readChannelError } from "./channel_error.ts";
import { decodeFrame } from "./frame.ts";
import { CHANNEL_STAGES, CHANNEL_STATES, type ChannelReply } from "./reply.ts";
import { CHANNEL_VERSION } from "./version.ts";

/**
 * Read a reply; nothing if it is of a type that this version does not know, which is to be ignored.
 *
 * @throws {DecodeError} If it is none of this version.
 */
export function decodeChannelReply(
  frame: string | Uint8Array,
): ChannelReply | undefined {
  const { head, body } = decodeFrame(frame);
  const kind = head.field("type").string(100);
  const number = (key: string) => head.field(key).integer(0);
  switch (kind) {
    case "welcome":
      return {
        kind,
        version: readVersion(head),
        address: parseRecipient(head.field("address").string(1000)),
        strongestStage: head.field("strongestStage").oneOf(CHANNEL_STAGES),
        adoptsSurbs: head.field("adoptsSurbs").boolean(),
        maxBody: number("maxBody"),
        maxWindow: number("maxWindow"),
        maxSendings: number("maxSendings"),
      };
    case "stage":
      return {
        kind,
        id: number("id"),
        stage: head.field("stage").oneOf(CHANNEL_STAGES),
        sending: head.field("sending").string(200),
        packets: head.optional("packets")?.integer(0),
      };
    case "progress":
      return { kind, id: number("id"), progress: number("progress") };
    case "withdrawn":
      return {
        kind,
        id: number("id"),
        nothingLeft: head.field("nothingLeft").boolean(),
      };
    case "done":
      return { kind, id: number("id") };
    case "adopted":
      return {
        kind,
        id: number("id"),
        senderTag: parseSenderTag(head.field("senderTag").string(100)),
      };
    case "queues":
      return {
        kind,
        id: number("id"),
        sendings: number("sendings"),
        packets: number("packets"),
        waiting: number("waiting"),
        untaken: number("untaken"),
        consumers: number("consumers"),
      };
    case "message":
      return readMessage(head, body);
    case "state":
      return {
        kind,
        state: head.field("state").oneOf(CHANNEL_STATES),
        reason: head.optional("reason")?.string(),
      };
    case "draining":
      return { kind };
    case "error":
      return {
        kind,
        id: head.optional("id")?.integer(0),
        error: readChannelError(head.field("error")),
      };
    default:
      return undefined;
  }
}

function readMessage(
  head: JsonReader,
  body: Bytes | undefined,
): ChannelReply & { kind: "message" } {
  if (body === undefined) throw head.error("need a binary frame");
  const tag = (key: string) => {
    const text = head.optional(key)?.string(100);
    return text === undefined ? undefined : parseSenderTag(text);
  };
  return {
    kind: "message",
    subscription: head.field("subscription").integer(0),
    delivery: head.field("delivery").integer(0),
    id: head.field("message").string(200),
    seq: head.field("seq").integer(0),
    senderTag: tag("senderTag"),
    replySurb: head.optional("replySurb")?.base64Text(),
    isReply: head.optional("isReply")?.boolean(),
    answers: tag("answers"),
    receivedAt: head.field("receivedAt").integer(0),
    stored: head.field("stored").boolean(),
    redelivered: head.field("redelivered").boolean(),
    body,
  };
}

function readVersion(head: JsonReader): typeof CHANNEL_VERSION {
  head.field("v").integer(CHANNEL_VERSION, CHANNEL_VERSION);
  return CHANNEL_VERSION;
}
