import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { ByteReader } from "../bytes/reader.ts";
import { DecodeError } from "../errors.ts";
import {
  decodeReply,
  encodeReply,
  type ReplyContent,
} from "./reply_content.ts";
import {
  decodeRepliable,
  encodeRepliable,
  type RepliableContent,
} from "./repliable_content.ts";
import { SENDER_TAG_SIZE, type SenderTag, senderTag } from "./sender_tag.ts";

/** First byte of a message, by meaning (nymtech/nym, `common/nymsphinx/src/message.rs`). */
const MESSAGE_TYPE = { plain: 0, repliable: 1, reply: 2 } as const;

/** What one client tells another: the bytes that are cut into fragments. */
export type NymMessage<Data extends Uint8Array = Uint8Array> =
  /** From someone who does not want an answer, or says in `data` where to send it. */
  | { readonly kind: "plain"; readonly data: Data }
  /** From someone who can be answered through reply blocks, and groups them under a tag. */
  | {
    readonly kind: "repliable";
    readonly senderTag: SenderTag;
    readonly content: RepliableContent<Data>;
  }
  /** Through a reply block, to the anonymous sender who made it. */
  | { readonly kind: "reply"; readonly content: ReplyContent<Data> };

/** How many bytes a plain message has beside its data. */
export const PLAIN_OVERHEAD = 1;

/** How many bytes a reply has beside its data. */
export const REPLY_OVERHEAD = 2;

/**
 * Write a message as parts that follow each other, for {@linkcode split}: type ‖ content. Data is not copied.
 *
 * @throws {RangeError} If reply blocks do not fit their encoding, or the data of a reply is empty: no client reads that.
 */
export function nymMessageParts(message: NymMessage): Uint8Array[] {
  const type = Uint8Array.of(MESSAGE_TYPE[message.kind]);
  switch (message.kind) {
    case "plain":
      return [type, message.data];
    case "repliable":
      return [type, message.senderTag, ...encodeRepliable(message.content)];
    case "reply":
      return [type, ...encodeReply(message.content)];
    default:
      return message satisfies never;
  }
}

/** Write a message as one array. */
export function encodeNymMessage(message: NymMessage): Bytes {
  return concat(...nymMessageParts(message));
}

/**
 * Read a message.
 *
 * @throws {DecodeError} If type or tag are unknown or the content is malformed: such a message is dropped.
 */
export function decodeNymMessage(bytes: Uint8Array): NymMessage<Bytes> {
  const reader = new ByteReader(bytes, "message");
  const type = reader.u8("type");
  switch (type) {
    case MESSAGE_TYPE.plain:
      return { kind: "plain", data: reader.rest() };
    case MESSAGE_TYPE.repliable:
      return {
        kind: "repliable",
        senderTag: senderTag(reader.bytes(SENDER_TAG_SIZE, "sender tag")),
        content: decodeRepliable(reader),
      };
    case MESSAGE_TYPE.reply:
      return { kind: "reply", content: decodeReply(reader) };
    default:
      throw new DecodeError(`Cannot decode message: unknown type ${type}`);
  }
}
