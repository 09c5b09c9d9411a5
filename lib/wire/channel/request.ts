import type { Bytes } from "../../bytes/brand.ts";
import { DecodeError } from "../../errors.ts";
import {
  formatRecipient,
  parseRecipient,
  type Recipient,
} from "../../message/recipient.ts";
import {
  formatSenderTag,
  parseSenderTag,
  type SenderTag,
} from "../../message/sender_tag.ts";
import type { JsonReader } from "../json_reader.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";
import { DEFAULT_WINDOW, MAX_BODY, MAX_WINDOW } from "./version.ts";

/** Who a message is for. */
export type ChannelTarget =
  | { readonly kind: "recipient"; readonly recipient: Recipient }
  | { readonly kind: "reply"; readonly senderTag: SenderTag };

/**
 * What a program asks of a client over our channel. `id` is a number of the program's own that the answers carry; it may be
 * used again once the request is over.
 */
export type ChannelRequest =
  /** Send a message; its stages are told until the last one that the client knows. */
  | {
    readonly kind: "send";
    readonly id: number;
    readonly target: ChannelTarget;
    readonly surbs: number;
    /** What the client is to call itself. */
    readonly senderTag: SenderTag | undefined;
    readonly resendOf: string | undefined;
    readonly body: Bytes;
  }
  /** Take back what has not left of the message that the request `sending` sent. */
  | { readonly kind: "withdraw"; readonly id: number; readonly sending: number }
  /** Be handed what arrives: everything, or a share with others who name the same group. */
  | {
    readonly kind: "subscribe";
    readonly id: number;
    readonly group: string | undefined;
    readonly window: number;
  }
  /**
   * Be handed no more. What was not taken goes to others, but for the deliveries to `keep`, which can still be taken; if it is
   * `unseen` it goes without the mark that somebody had it before.
   */
  | {
    readonly kind: "unsubscribe";
    readonly id: number;
    readonly subscription: number;
    readonly keep: readonly number[];
    readonly unseen: boolean;
  }
  /** The message of this delivery is done with: it will not come again. */
  | { readonly kind: "taken"; readonly id: number; readonly delivery: number }
  /** The message of this delivery is not for this program; others may have it. Not answered. */
  | { readonly kind: "pass"; readonly delivery: number }
  /** Keep a reply block of a client before 1.1.4, to be answered through by its tag. */
  | { readonly kind: "adopt"; readonly id: number; readonly surb: Bytes }
  /** Tell how much waits in each direction. */
  | { readonly kind: "queues"; readonly id: number };

/** A request of a type that this version does not know. */
export class UnknownTypeError extends DecodeError {
  override name = "UnknownTypeError";
}

/** Write a request. */
export function encodeChannelRequest(request: ChannelRequest): string | Bytes {
  const { kind: type, ...rest } = request;
  switch (request.kind) {
    case "send": {
      const { id, target, surbs, senderTag: tag, resendOf, body } = request;
      const to = target.kind === "recipient"
        ? { to: formatRecipient(target.recipient) }
        : { replyTo: formatSenderTag(target.senderTag) };
      const senderTag = tag && formatSenderTag(tag);
      const head = { type, id, ...to, surbs, senderTag, resendOf };
      return encodeFrame(head, body);
    }
    case "adopt":
      return encodeFrame({ type, id: request.id }, request.surb);
    case "withdraw":
    case "subscribe":
    case "unsubscribe":
    case "taken":
    case "pass":
    case "queues":
      return encodeFrame({ type, ...rest });
    default:
      return request satisfies never;
  }
}

/**
 * Read a request. The text of a message may stand in the object, as `text`, instead of bytes behind it.
 *
 * @throws {UnknownTypeError} If it is of no known type.
 * @throws {DecodeError} If it is no frame, or lacks a field or has one of the wrong shape.
 */
export function decodeChannelRequest(
  frame: string | Uint8Array,
): ChannelRequest {
  const { head, body } = decodeFrame(frame);
  const kind = head.field("type").string(100);
  const id = () => number(head, "id");
  switch (kind) {
    case "send":
      return {
        kind,
        id: id(),
        target: targetOf(head),
        surbs: head.optional("surbs")?.integer(0, 2 ** 32 - 1) ?? 0,
        senderTag: tagOf(head),
        resendOf: head.optional("resendOf")?.string(200),
        body: bodyOf(head, body),
      };
    case "withdraw":
      return { kind, id: id(), sending: number(head, "sending") };
    case "subscribe":
      return {
        kind,
        id: id(),
        group: head.optional("group")?.string(200),
        window: head.optional("window")?.integer(1, MAX_WINDOW) ??
          DEFAULT_WINDOW,
      };
    case "unsubscribe":
      return {
        kind,
        id: id(),
        subscription: number(head, "subscription"),
        keep:
          head.optional("keep")?.array(MAX_WINDOW).map((one) =>
            one.integer(0)
          ) ?? [],
        unseen: head.optional("unseen")?.boolean() ?? false,
      };
    case "taken":
      return { kind, id: id(), delivery: number(head, "delivery") };
    case "pass":
      return { kind, delivery: number(head, "delivery") };
    case "adopt":
      return { kind, id: id(), surb: bodyOf(head, body) };
    case "queues":
      return { kind, id: id() };
    default:
      throw new UnknownTypeError(
        `Cannot decode channel frame: type: no request is called ${
          JSON.stringify(kind.slice(0, 40))
        }`,
      );
  }
}

/** The `id` of a frame that could not be read otherwise, so that whoever sent it can tell which one it was. */
export function idOfFrame(frame: string | Uint8Array): number | undefined {
  try {
    return number(decodeFrame(frame).head, "id");
  } catch {
    // It has none that can be read.
    return undefined;
  }
}

function number(head: JsonReader, key: string): number {
  return head.field(key).integer(0);
}

function targetOf(head: JsonReader): ChannelTarget {
  const to = head.optional("to");
  const replyTo = head.optional("replyTo");
  if ((to === undefined) === (replyTo === undefined)) {
    throw head.error("need exactly one of to and replyTo");
  }
  return to === undefined
    ? { kind: "reply", senderTag: parseSenderTag(replyTo!.string(100)) }
    : { kind: "recipient", recipient: parseRecipient(to.string(1000)) };
}

function tagOf(head: JsonReader): SenderTag | undefined {
  const text = head.optional("senderTag")?.string(100);
  return text === undefined ? undefined : parseSenderTag(text);
}

function bodyOf(head: JsonReader, body: Bytes | undefined): Bytes {
  const bytes = body ?? new TextEncoder().encode(head.field("text").string());
  if (bytes.length <= MAX_BODY) return bytes;
  throw head.error(`need at most ${MAX_BODY} bytes, have ${bytes.length}`);
}
