import type { Bytes } from "../bytes/brand.ts";
import type { ByteReader } from "../bytes/reader.ts";
import { ByteWriter } from "../bytes/writer.ts";
import { DecodeError } from "../errors.ts";
import {
  decodeRecipient,
  encodeRecipient,
  type Recipient,
  RECIPIENT_SIZE,
} from "./recipient.ts";

/** What is told to an anonymous sender through a reply block. */
export type ReplyContent<Data extends Uint8Array = Uint8Array> =
  /** An answer; never empty. */
  | { readonly kind: "data"; readonly data: Data }
  /** Please send more reply blocks: who asks, and for how many. */
  | {
    readonly kind: "surbRequest";
    readonly recipient: Recipient;
    readonly amount: number;
  };

/** First byte of a reply, by meaning. */
const CONTENT_TAG = { data: 0, surbRequest: 1 } as const;

/** Write it as parts: tag ‖ data, or tag ‖ address (96) ‖ amount (4). Data is not copied. */
export function encodeReply(content: ReplyContent): Uint8Array[] {
  const tag = Uint8Array.of(CONTENT_TAG[content.kind]);
  switch (content.kind) {
    case "data":
      if (content.data.length === 0) {
        throw new RangeError(
          "Cannot encode reply: need 1 byte of data, have 0",
        );
      }
      return [tag, content.data];
    case "surbRequest":
      return [
        tag,
        new ByteWriter(RECIPIENT_SIZE + 4)
          .bytes(encodeRecipient(content.recipient))
          .u32(content.amount)
          .done(),
      ];
    default:
      return content satisfies never;
  }
}

/**
 * Read what follows the type of a reply, to the end.
 *
 * @throws {DecodeError} If the tag is unknown, the data is empty, or a request is not exactly an address and an amount.
 */
export function decodeReply(reader: ByteReader): ReplyContent<Bytes> {
  const tag = reader.u8("content tag");
  switch (tag) {
    case CONTENT_TAG.data: {
      const data = reader.rest();
      if (data.length > 0) return { kind: "data", data };
      throw new DecodeError("Cannot decode reply: need data, have none");
    }
    case CONTENT_TAG.surbRequest: {
      const recipient = decodeRecipient(
        reader.bytes(RECIPIENT_SIZE, "address"),
      );
      const amount = reader.u32("amount");
      reader.end();
      return { kind: "surbRequest", recipient, amount };
    }
    default:
      throw new DecodeError(`Cannot decode reply: unknown content tag ${tag}`);
  }
}
