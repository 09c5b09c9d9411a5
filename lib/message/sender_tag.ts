import { encodeBase58 } from "../bytes/base58.ts";
import type { Brand, Bytes } from "../bytes/brand.ts";
import type { RandomSource } from "../crypto/random.ts";
import { AddressError } from "./address_error.ts";
import { readKeyText } from "./key_text.ts";

/** How many bytes a sender tag has. */
export const SENDER_TAG_SIZE = 16;

/**
 * What an anonymous sender calls itself towards one recipient: 16 random bytes that group the reply blocks it sends, and by
 * which it is answered. It says nothing about who the sender is.
 */
export type SenderTag = Brand<Bytes, "SenderTag">;

const HINT = "Copy the whole sender tag as listen prints it";

/**
 * Take 16 bytes as a sender tag.
 *
 * @throws {AddressError} On another number of bytes.
 */
export function senderTag(bytes: Uint8Array): SenderTag {
  if (bytes.length !== SENDER_TAG_SIZE) throw wrongLength(bytes.length);
  return bytes.slice() as SenderTag;
}

/** Draw a tag that nobody has had before. */
export function newSenderTag(random: RandomSource): SenderTag {
  return senderTag(random(SENDER_TAG_SIZE));
}

/**
 * Read a sender tag from its base58 text.
 *
 * @throws {AddressError} If it is not one, with the words of a native client as `reason`.
 */
export function parseSenderTag(text: string): SenderTag {
  const tag = readKeyText(text, SENDER_TAG_SIZE);
  switch (tag.kind) {
    case "bytes":
      return senderTag(tag.bytes);
    case "length":
      throw wrongLength(tag.length);
    case "digits":
      throw new AddressError(
        "Cannot read sender tag: not base58",
        `Failed to decode the base58-encoded string - ${tag.reason}`,
        HINT,
      );
    default:
      return tag satisfies never;
  }
}

/** Write a sender tag in base58: 16 to 22 characters. */
export function formatSenderTag(tag: SenderTag): string {
  return encodeBase58(tag);
}

function wrongLength(length: number): AddressError {
  return new AddressError(
    `Cannot read sender tag: need ${SENDER_TAG_SIZE} bytes, have ${length}`,
    `Decoded AnonymousSenderTag has invalid length. Expected ${SENDER_TAG_SIZE}, but got ${length}`,
    HINT,
  );
}
