import type { Bytes } from "../../bytes/brand.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { ByteWriter } from "../../bytes/writer.ts";
import { AddressError } from "../../message/address_error.ts";
import {
  decodeRecipient,
  encodeRecipient,
  type Recipient,
  RECIPIENT_SIZE,
} from "../../message/recipient.ts";
import { SENDER_TAG_SIZE, senderTag } from "../../message/sender_tag.ts";
import { LENGTH } from "./binary_field.ts";
import { type Dialect, hasSingleSurbs } from "./dialect.ts";
import { ERROR_CODE, errorKind, NativeError } from "./error_code.ts";
import {
  MIN_REPLY_SURB,
  type ReplyHandle,
  surbFault,
  surbOfTag,
} from "./reply_handle.ts";
import { type NativeResponse, RESPONSE_TAG } from "./response.ts";

/** Tag, kind or flag, length. */
const HEAD = 1 + 1 + LENGTH;

/**
 * Write a response as a binary frame.
 *
 * @throws {RangeError} If dialect c would have to carry a reply block.
 */
export function encodeBinaryResponse(
  response: NativeResponse,
  dialect: Dialect,
): Bytes {
  const tag = RESPONSE_TAG[response.kind];
  switch (response.kind) {
    case "error": {
      const detail = new TextEncoder().encode(response.detail);
      return new ByteWriter(HEAD + detail.length).u8(tag)
        .u8(ERROR_CODE[response.code]).u64(BigInt(detail.length))
        .bytes(detail).done();
    }
    case "received": {
      const { body } = response;
      const handle = handleBytes(response.handle, dialect);
      const writer = new ByteWriter(HEAD + handle.length + body.length);
      writer.u8(tag).u8(response.handle === undefined ? 0 : 1).bytes(handle);
      return writer.u64(BigInt(body.length)).bytes(body).done();
    }
    case "selfAddress":
      return new ByteWriter(1 + RECIPIENT_SIZE).u8(tag)
        .bytes(encodeRecipient(response.address)).done();
    case "laneQueueLength":
      return new ByteWriter(17).u8(tag).u64(response.lane)
        .u64(response.queueLength).done();
    default:
      return response satisfies never;
  }
}

/**
 * Read a binary frame as a response, by its shape: the few bytes that mean different things in different dialects are told
 * apart by the lengths that they would imply. `dialect`, once it is known, decides where both are possible.
 *
 * @throws {NativeError} With one of the kinds that are for responses.
 */
export function decodeBinaryResponse(
  frame: Uint8Array,
  dialect?: Dialect,
): NativeResponse {
  const reader = new ByteReader(frame, "response");
  if (reader.remaining === 0) {
    throw new NativeError("emptyResponse", "no data provided");
  }
  const tag = reader.u8("tag");
  switch (tag) {
    case RESPONSE_TAG.error: {
      need(frame, HEAD, "error");
      const code = errorKind(reader.u8("kind"));
      const detail = new TextDecoder("utf-8", { ignoreBOM: true })
        .decode(body(reader));
      return { kind: "error", code, detail };
    }
    case RESPONSE_TAG.received:
      need(frame, HEAD, "received");
      return decodeReceived(frame, dialect);
    case RESPONSE_TAG.selfAddress:
      need(frame, 1 + RECIPIENT_SIZE, "self_address");
      exactly(frame, 1 + RECIPIENT_SIZE, "self_address");
      return { kind: "selfAddress", address: address(reader.rest()) };
    case RESPONSE_TAG.laneQueueLength:
      need(frame, 13, "lane_queue_length");
      return {
        kind: "laneQueueLength",
        lane: reader.u64("lane"),
        queueLength: queueLength(frame, reader),
      };
    default:
      throw new NativeError("unknownResponse", `type ${tag}`);
  }
}

function address(bytes: Uint8Array): Recipient {
  try {
    return decodeRecipient(bytes);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new NativeError("malformedResponse", error.reason);
  }
}

/** The length is a machine word of the client's: eight bytes, four on 32-bit builds. */
function queueLength(frame: Uint8Array, reader: ByteReader): bigint {
  if (frame.length === 13) return BigInt(reader.u32("queue length"));
  exactly(frame, 17, "lane_queue_length");
  return reader.u64("queue length");
}

/** Layout: `01 flag [handle] len data`; the handle is `surbLen surb` in a and b, a sender tag in c. */
function decodeReceived(
  frame: Uint8Array,
  dialect: Dialect | undefined,
): NativeResponse {
  const flag = frame[1]!;
  if (flag > 1) {
    throw new NativeError(
      "malformedResponse",
      `invalid sender tag flag ${flag}`,
    );
  }
  const reader = new ByteReader(frame.subarray(2), "received");
  if (flag === 0) {
    return { kind: "received", handle: undefined, body: body(reader) };
  }
  const bySurb = readsAsSurb(frame);
  const byTag = readsAsTag(frame);
  if (!bySurb && !byTag) {
    throw new NativeError(
      "malformedResponse",
      "data len has inconsistent length",
    );
  }
  const single = bySurb && byTag
    ? dialect !== undefined && hasSingleSurbs(dialect)
    : bySurb;
  const handle: ReplyHandle = single
    ? {
      kind: "replySurb",
      surb: reader.bytes(reader.length64("reply block length"), "reply block"),
    }
    : {
      kind: "senderTag",
      senderTag: senderTag(reader.bytes(SENDER_TAG_SIZE, "sender tag")),
    };
  return { kind: "received", handle, body: body(reader) };
}

function readsAsSurb(frame: Uint8Array): boolean {
  const length = u64At(frame, 2);
  if (length < BigInt(MIN_REPLY_SURB)) return false;
  const data = 2 + LENGTH + Number(length);
  return data + LENGTH <= frame.length &&
    surbFault(frame.subarray(2 + LENGTH, data)) === undefined &&
    u64At(frame, data) === BigInt(frame.length - data - LENGTH);
}

function readsAsTag(frame: Uint8Array): boolean {
  const data = 2 + SENDER_TAG_SIZE;
  return data + LENGTH <= frame.length &&
    u64At(frame, data) === BigInt(frame.length - data - LENGTH);
}

function u64At(bytes: Uint8Array, offset: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .getBigUint64(offset);
}

function handleBytes(
  handle: ReplyHandle | undefined,
  dialect: Dialect,
): Uint8Array {
  if (handle === undefined) return new Uint8Array();
  if (hasSingleSurbs(dialect)) {
    const surb = handle.kind === "replySurb"
      ? handle.surb
      : surbOfTag(handle.senderTag);
    return new ByteWriter(LENGTH + surb.length).u64(BigInt(surb.length))
      .bytes(surb).done();
  }
  if (handle.kind === "senderTag") return handle.senderTag;
  throw new RangeError(
    `Cannot encode response: dialect ${dialect} carries no reply block`,
  );
}

function body(reader: ByteReader): Bytes {
  const length = reader.u64("length");
  if (length === BigInt(reader.remaining)) return reader.rest();
  throw new NativeError(
    "malformedResponse",
    `data len has inconsistent length. specified: ${length} got: ${reader.remaining}`,
  );
}

function need(frame: Uint8Array, size: number, name: string): void {
  if (frame.length >= size) return;
  throw new NativeError(
    "tooShortResponse",
    `not enough data provided to recover '${name}'`,
  );
}

function exactly(frame: Uint8Array, size: number, name: string): void {
  if (frame.length === size) return;
  throw new NativeError(
    "malformedResponse",
    `need ${size} bytes for '${name}', have ${frame.length}`,
  );
}
