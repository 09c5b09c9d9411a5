import { AddressError } from "../../message/address_error.ts";
import { formatRecipient, parseRecipient } from "../../message/recipient.ts";
import { formatSenderTag, parseSenderTag } from "../../message/sender_tag.ts";
import { type Dialect, hasSingleSurbs } from "./dialect.ts";
import { errorText, NativeError, parseErrorText } from "./error_code.ts";
import type { JsonNode } from "./json_node.ts";
import { JsonParser } from "./json_parser.ts";
import {
  formatReplySurb,
  parseReplySurb,
  type ReplyHandle,
  surbOfTag,
} from "./reply_handle.ts";
import type { NativeResponse } from "./response.ts";

/**
 * Write a response as a text frame: compact, `type` first, null members kept. What is no UTF-8 in a message is lost to
 * U+FFFD on the way, as in every client: programs that care speak binary.
 *
 * @throws {RangeError} If dialect c would have to carry a reply block.
 */
export function encodeTextResponse(
  response: NativeResponse,
  dialect: Dialect,
): string {
  switch (response.kind) {
    case "error":
      return JSON.stringify({
        type: "error",
        message: errorText(response.code, response.detail),
      });
    case "received": {
      const message = new TextDecoder("utf-8", { ignoreBOM: true })
        .decode(response.body);
      return JSON.stringify({
        type: "received",
        message,
        ...handleMember(response.handle, dialect),
      });
    }
    case "selfAddress":
      return JSON.stringify({
        type: "selfAddress",
        address: formatRecipient(response.address),
      });
    case "laneQueueLength":
      // Written by hand: both numbers have 64 bits. The second key is the only one of its kind in this protocol.
      return `{"type":"laneQueueLength","lane":${response.lane},"queue_length":${response.queueLength}}`;
    default:
      return response satisfies never;
  }
}

/**
 * Read a text frame as a response, in the spellings of all dialects and of old documents.
 *
 * @throws {NativeError} With one of the kinds that are for responses.
 */
export function decodeTextResponse(frame: string): NativeResponse {
  const members = readMembers(frame);
  const type = string(members, "type");
  switch (type) {
    case "error": {
      const { kind: code, detail } = parseErrorText(
        string(members, "message"),
      );
      return { kind: "error", code, detail };
    }
    case "received": {
      const body = new TextEncoder().encode(
        string(members, "message", "mensaje"),
      );
      return { kind: "received", body, handle: handleOf(members) };
    }
    case "selfAddress": {
      const text = string(members, "address", "Address");
      return {
        kind: "selfAddress",
        address: value(() => parseRecipient(text)),
      };
    }
    case "laneQueueLength":
      return {
        kind: "laneQueueLength",
        lane: integer(members, "lane"),
        queueLength: integer(members, "queue_length", "queueLength"),
      };
    default:
      throw new NativeError("unknownResponse", `type ${JSON.stringify(type)}`);
  }
}

type Members = ReadonlyMap<string, JsonNode>;

function readMembers(frame: string): Members {
  let document: JsonNode;
  try {
    const parser = new JsonParser(frame);
    document = parser.document();
    parser.end();
  } catch (error) {
    throw error instanceof NativeError ? malformed(error.detail) : error;
  }
  if (document.kind !== "object") throw malformed("need an object");
  return new Map(document.members.map(({ key, value }) => [key, value]));
}

function handleMember(
  handle: ReplyHandle | undefined,
  dialect: Dialect,
): Record<string, string | null> {
  if (hasSingleSurbs(dialect)) {
    if (handle === undefined) return { replySurb: null };
    const surb = handle.kind === "replySurb"
      ? handle.surb
      : surbOfTag(handle.senderTag);
    return { replySurb: formatReplySurb(surb) };
  }
  if (handle === undefined) return { senderTag: null };
  if (handle.kind === "senderTag") {
    return { senderTag: formatSenderTag(handle.senderTag) };
  }
  throw new RangeError(
    `Cannot encode response: dialect ${dialect} carries no reply block`,
  );
}

function handleOf(members: Members): ReplyHandle | undefined {
  const tag = members.get("senderTag");
  if (tag?.kind === "string") {
    const senderTag = value(() => parseSenderTag(tag.value));
    return { kind: "senderTag", senderTag };
  }
  const node = members.get("replySurb");
  if (node?.kind !== "string") return undefined;
  const surb = parseReplySurb(node.value);
  if (surb instanceof Uint8Array) return { kind: "replySurb", surb };
  throw malformed(`reply SURB: ${surb.reason}`);
}

function string(members: Members, ...keys: readonly string[]): string {
  for (const key of keys) {
    const node = members.get(key);
    if (node?.kind === "string") return node.value;
  }
  throw malformed(`need a string \`${keys[0]}\``);
}

function integer(members: Members, ...keys: readonly string[]): bigint {
  for (const key of keys) {
    const node = members.get(key);
    if (node?.kind === "integer" && node.value >= 0n) return node.value;
  }
  throw malformed(`need a whole number \`${keys[0]}\``);
}

function value<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof AddressError ? malformed(error.reason) : error;
  }
}

function malformed(detail: string): NativeError {
  return new NativeError("malformedResponse", detail);
}
