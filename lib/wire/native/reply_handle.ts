import { decodeBase58, encodeBase58 } from "../../bytes/base58.ts";
import type { Bytes } from "../../bytes/brand.ts";
import { equal } from "../../bytes/equal.ts";
import { ByteWriter } from "../../bytes/writer.ts";
import { REPLY_KEY_SIZE } from "../../message/encryption.ts";
import { readKeyText } from "../../message/key_text.ts";
import { PACKET_SIZE } from "../../message/packet_size.ts";
import {
  SENDER_TAG_SIZE,
  type SenderTag,
  senderTag,
} from "../../message/sender_tag.ts";
import {
  ADDRESS_SIZE,
  HEADER_SIZE,
  PAYLOAD_KEY_SIZE,
} from "../../sphinx/constants.ts";

/** How an anonymous sender is answered. */
export type ReplyHandle =
  /** By its tag; the client holds its reply blocks. Dialect c. */
  | { readonly kind: "senderTag"; readonly senderTag: SenderTag }
  /** Through this reply block, which works once. Dialects a and b. */
  | { readonly kind: "replySurb"; readonly surb: Bytes };

const HEAD_SIZE = REPLY_KEY_SIZE + HEADER_SIZE + ADDRESS_SIZE;

/** The shortest reply block: one hop. */
export const MIN_REPLY_SURB = HEAD_SIZE + PAYLOAD_KEY_SIZE;

/** A reply block over three mix nodes and the gateway: 1164 bytes. */
const REPLY_SURB_SIZE = HEAD_SIZE + 4 * PAYLOAD_KEY_SIZE;

/** The longest text that can be a reply block: twelve payload keys are more than any route has. */
const MAX_REPLY_SURB = HEAD_SIZE + 12 * PAYLOAD_KEY_SIZE;

/** What one reply block can carry: a fragment of a regular packet, whose header those clients left out, without the padding mark. */
export const MAX_SURB_REPLY = PACKET_SIZE.regular.fragment - 1;

/** Why bytes are no reply block. */
export type SurbFault = "base58" | "length" | "key";

/** Whether bytes have the shape of a reply block (nymtech/nym, common/nymsphinx/anonymous-replies @ v1.0.1). */
export function surbFault(bytes: Uint8Array): SurbFault | undefined {
  if (bytes.length < REPLY_KEY_SIZE) return "key";
  const keys = bytes.length - HEAD_SIZE;
  return keys >= PAYLOAD_KEY_SIZE && keys % PAYLOAD_KEY_SIZE === 0
    ? undefined
    : "length";
}

/** Read a reply block from its base58 text; says what is wrong with it otherwise. */
export function parseReplySurb(
  text: string,
): Bytes | { fault: SurbFault; reason: string } {
  const key = readKeyText(text.slice(0, 128), 0);
  if (key.kind === "digits") return { fault: "base58", reason: key.reason };
  // Decoding is quadratic in the length of the text.
  if (text.length > MAX_REPLY_SURB * 1.4) {
    return { fault: "length", reason: "too long" };
  }
  let surb: Bytes;
  try {
    surb = decodeBase58(text);
  } catch {
    return { fault: "base58", reason: "provided string is not base58" };
  }
  const fault = surbFault(surb);
  return fault === undefined ? surb : { fault, reason: "invalid length" };
}

/** Write a reply block as text. */
export function formatReplySurb(surb: Uint8Array): string {
  return encodeBase58(surb);
}

/** Marks a {@linkcode surbOfTag}, where a real block has a point of the curve. */
const MARK = new TextEncoder().encode("nymwire: reply by sender tag    ");

/**
 * Write a sender tag in the shape of a reply block, for programs that were made for dialects a and b: they check its
 * length at most, keep it, and hand it back to be answered through. Layout: tag (16), {@linkcode MARK} (32), zeros.
 */
export function surbOfTag(tag: SenderTag): Bytes {
  return new ByteWriter(REPLY_SURB_SIZE).bytes(tag).bytes(MARK)
    .zeros(REPLY_SURB_SIZE - SENDER_TAG_SIZE - MARK.length).done();
}

/** The tag that {@linkcode surbOfTag} put into these bytes; none if they are anything else. */
export function tagOfSurb(surb: Uint8Array): SenderTag | undefined {
  const mark = surb.subarray(SENDER_TAG_SIZE, SENDER_TAG_SIZE + MARK.length);
  return surb.length === REPLY_SURB_SIZE && equal(mark, MARK)
    ? senderTag(surb.subarray(0, SENDER_TAG_SIZE))
    : undefined;
}
