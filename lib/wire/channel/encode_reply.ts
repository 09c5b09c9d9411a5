import type { Bytes } from "../../bytes/brand.ts";
import { formatRecipient } from "../../message/recipient.ts";
import { formatSenderTag } from "../../message/sender_tag.ts";
import { encodeFrame } from "./frame.ts";
import type { ChannelReply } from "./reply.ts";

/** Write a reply. */
export function encodeChannelReply(reply: ChannelReply): string | Bytes {
  const { kind: type, ...rest } = reply;
  switch (reply.kind) {
    case "welcome": {
      const { version: v, address, ...limits } = reply;
      const { kind: _kind, ...others } = limits;
      return encodeFrame({
        type,
        v,
        address: formatRecipient(address),
        ...others,
      });
    }
    case "adopted":
      return encodeFrame({
        type,
        id: reply.id,
        senderTag: formatSenderTag(reply.senderTag),
      });
    case "message": {
      const { senderTag, answers, replySurb, body } = reply;
      const { subscription, delivery, id, seq, isReply, receivedAt } = reply;
      const { stored, redelivered } = reply;
      const head = {
        type,
        subscription,
        delivery,
        message: id,
        seq,
        senderTag: senderTag ? formatSenderTag(senderTag) : null,
        replySurb: replySurb?.toBase64(),
        isReply,
        answers: answers && formatSenderTag(answers),
        receivedAt,
        stored,
        redelivered,
      };
      return encodeFrame(head, body);
    }
    case "stage":
    case "progress":
    case "withdrawn":
    case "done":
    case "queues":
    case "state":
    case "draining":
      return encodeFrame({ type, ...rest });
    case "error":
      return encodeFrame({ type, id: reply.id ?? null, error: reply.error });
    default:
      return reply satisfies never;
  }
}
