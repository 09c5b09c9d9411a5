import type { Bytes } from "../../bytes/brand.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { ByteWriter } from "../../bytes/writer.ts";
import { SENDER_TAG_SIZE, senderTag } from "../../message/sender_tag.ts";
import {
  LANE,
  LENGTH,
  readBody,
  readLane,
  TAG,
  tagOf,
  tooShort,
  writeLane,
} from "./binary_field.ts";
import { type Dialect, hasSingleSurbs } from "./dialect.ts";
import { NativeError } from "./error_code.ts";
import { malformed } from "./json_field.ts";
import {
  MAX_SURB_REPLY,
  type ReplyHandle,
  surbFault,
  surbOfTag,
} from "./reply_handle.ts";
import type { NativeRequest } from "./request.ts";

/** Layout, a and b: `01 surbLen surb len data`; c: `02 tag(16) lane len data`. */
export function encodeReply(
  request: NativeRequest & { kind: "reply" },
  dialect: Dialect,
): Bytes {
  const { handle, body, lane } = request;
  if (!hasSingleSurbs(dialect)) {
    if (handle.kind !== "senderTag") {
      throw new RangeError(
        `Cannot encode request: dialect ${dialect} answers by sender tag`,
      );
    }
    const size = TAG + SENDER_TAG_SIZE + LANE + LENGTH + body.length;
    const writer = new ByteWriter(size).u8(tagOf("reply", dialect))
      .bytes(handle.senderTag);
    writeLane(writer, lane, dialect);
    return writer.u64(BigInt(body.length)).bytes(body).done();
  }
  const surb = handle.kind === "replySurb"
    ? handle.surb
    : surbOfTag(handle.senderTag);
  // Lanes are for what is sent: an answer never names one.
  if (lane !== undefined) {
    throw new RangeError(
      `Cannot encode request: dialect ${dialect} answers without a lane`,
    );
  }
  const size = TAG + LENGTH + surb.length + LENGTH + body.length;
  return new ByteWriter(size).u8(tagOf("reply", dialect))
    .u64(BigInt(surb.length)).bytes(surb)
    .u64(BigInt(body.length)).bytes(body).done();
}

/** Read an answer by sender tag. */
export function decodeTagReply(frame: Uint8Array): NativeRequest {
  if (frame.length < TAG + SENDER_TAG_SIZE + LANE + LENGTH) {
    throw tooShort("reply");
  }
  const reader = new ByteReader(frame.subarray(TAG), "reply");
  const handle: ReplyHandle = {
    kind: "senderTag",
    senderTag: senderTag(reader.bytes(SENDER_TAG_SIZE, "sender tag")),
  };
  const lane = readLane(reader);
  return { kind: "reply", handle, lane, body: readBody(reader, "message") };
}

/** Read an answer through a reply block. */
export function decodeSurbReply(frame: Uint8Array): NativeRequest {
  if (frame.length < TAG + 2 * LENGTH) throw tooShort("reply");
  const reader = new ByteReader(frame.subarray(TAG), "reply");
  const length = reader.u64("reply block length");
  // Native clients crash on a length between this bound and a more generous one of theirs.
  if (length > BigInt(reader.remaining - LENGTH)) {
    throw malformed(
      `not enough data to recover reply surb with specified length ${length}`,
    );
  }
  const surb = reader.bytes(Number(length), "reply block");
  const fault = surbFault(surb);
  if (fault !== undefined) {
    throw malformed(
      `malformed reply surb: ${
        fault === "key" ? "InvalidEncryptionKeyData" : "UnwrapError"
      }`,
    );
  }
  return {
    kind: "reply",
    handle: { kind: "replySurb", surb },
    lane: undefined,
    body: checkSurbReply(readBody(reader, "message")),
  };
}

/**
 * Refuse an answer that does not fit into one reply block.
 *
 * @throws {NativeError} In the words of native clients.
 */
export function checkSurbReply(body: Bytes): Bytes {
  if (body.length <= MAX_SURB_REPLY) return body;
  throw new NativeError(
    "other",
    `too long message to put inside a reply SURB. Received: ${body.length} bytes and maximum is ${MAX_SURB_REPLY} bytes`,
  );
}
