import { formatRecipient } from "../../message/recipient.ts";
import { formatSenderTag } from "../../message/sender_tag.ts";
import { type Dialect, hasLanes, hasSingleSurbs } from "./dialect.ts";
import { formatReplySurb, surbOfTag } from "./reply_handle.ts";
import type { NativeRequest } from "./request.ts";

/**
 * Write a request as a text frame.
 *
 * @throws {RangeError} If the dialect has no such request in text.
 */
export function encodeTextRequest(
  request: NativeRequest,
  dialect: Dialect,
): string {
  const lane = "lane" in request && request.lane !== undefined
    ? { connectionId: laneNumber(request.lane, dialect) }
    : {};
  switch (request.kind) {
    case "send":
    case "sendAnonymous": {
      const message = textOf(request.body);
      const recipient = formatRecipient(request.recipient);
      const withReplySurb = request.kind === "sendAnonymous";
      if (hasSingleSurbs(dialect)) {
        return JSON.stringify({
          type: "send",
          message,
          recipient,
          withReplySurb,
          ...lane,
        });
      }
      return JSON.stringify(
        request.kind === "send"
          ? { type: "send", message, recipient, ...lane }
          : {
            type: "sendAnonymous",
            recipient,
            message,
            replySurbs: request.surbs,
            ...lane,
          },
      );
    }
    case "reply": {
      const { handle } = request;
      const message = textOf(request.body);
      if (hasSingleSurbs(dialect)) {
        const surb = handle.kind === "replySurb"
          ? handle.surb
          : surbOfTag(handle.senderTag);
        const replySurb = formatReplySurb(surb);
        return JSON.stringify({ type: "reply", message, replySurb });
      }
      if (handle.kind !== "senderTag") break;
      const senderTag = formatSenderTag(handle.senderTag);
      return JSON.stringify({ type: "reply", senderTag, message, ...lane });
    }
    case "selfAddress":
      return JSON.stringify({ type: "selfAddress" });
    case "closedConnection":
    case "getLaneQueueLength":
      break;
    default:
      return request satisfies never;
  }
  throw new RangeError(
    `Cannot encode request: dialect ${dialect} has no such "${request.kind}" in text`,
  );
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(body);
  } catch (cause) {
    throw new RangeError(
      "Cannot encode request as text: the message is not UTF-8",
      { cause },
    );
  }
}

function laneNumber(lane: bigint, dialect: Dialect): number {
  if (hasLanes(dialect) && lane <= BigInt(Number.MAX_SAFE_INTEGER)) {
    return Number(lane);
  }
  throw new RangeError(
    `Cannot encode request: dialect ${dialect} cannot say lane ${lane} in text`,
  );
}
