import type { Bytes } from "../../bytes/brand.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { ByteWriter } from "../../bytes/writer.ts";
import { LANE, TAG, tagOf } from "./binary_field.ts";
import { type Dialect, REQUEST_TAG, type RequestKind } from "./dialect.ts";
import { NativeError } from "./error_code.ts";
import { malformed } from "./json_field.ts";
import {
  decodeSurbReply,
  decodeTagReply,
  encodeReply,
} from "./reply_binary.ts";
import type { NativeRequest } from "./request.ts";
import { decodeSend, encodeSend } from "./send_binary.ts";

/**
 * Write a request as a binary frame.
 *
 * @throws {RangeError} If the dialect has no such request: a handle, a lane or a number of reply blocks that it cannot say.
 */
export function encodeBinaryRequest(
  request: NativeRequest,
  dialect: Dialect,
): Bytes {
  switch (request.kind) {
    case "send":
    case "sendAnonymous":
      return encodeSend(request, dialect);
    case "reply":
      return encodeReply(request, dialect);
    case "selfAddress":
      return new Uint8Array([tagOf("selfAddress", dialect)]);
    case "closedConnection":
    case "getLaneQueueLength":
      return new ByteWriter(TAG + LANE).u8(tagOf(request.kind, dialect))
        .u64(request.lane).done();
    default:
      return request satisfies never;
  }
}

/**
 * Read a binary frame as a request.
 *
 * @throws {NativeError} With the kind and the words that a native client of this dialect answers with.
 */
export function decodeBinaryRequest(
  frame: Uint8Array,
  dialect: Dialect,
): NativeRequest {
  const tag = frame[0];
  if (tag === undefined) {
    throw new NativeError("emptyRequest", "no data provided");
  }
  const kind = kindOf(tag, dialect);
  switch (kind) {
    case "send":
    case "sendAnonymous":
      return decodeSend(frame, kind, dialect);
    case "reply":
      return dialect === "c" ? decodeTagReply(frame) : decodeSurbReply(frame);
    case "selfAddress":
      return { kind };
    case "closedConnection":
    case "getLaneQueueLength":
      return { kind, lane: decodeLane(frame, kind, dialect) };
    default:
      return kind satisfies never;
  }
}

function decodeLane(
  frame: Uint8Array,
  kind: "closedConnection" | "getLaneQueueLength",
  dialect: Dialect,
): bigint {
  if (frame.length !== TAG + LANE) {
    const the = dialect === "c" ? "The" : "the";
    throw malformed(
      kind === "closedConnection"
        ? `${the} received closed connection has invalid length`
        : `${the} received get lane queue length${
          dialect === "c" ? "s" : ""
        } has invalid length`,
    );
  }
  return new ByteReader(frame.subarray(TAG), kind).u64("lane");
}

function kindOf(tag: number, dialect: Dialect): RequestKind {
  for (const [kind, known] of Object.entries(REQUEST_TAG[dialect])) {
    // The keys of the table are the kinds.
    if (known === tag) return kind as RequestKind;
  }
  throw new NativeError(
    "unknownRequest",
    dialect === "c"
      ? `${tag} does not correspond to any valid request tag`
      : `type ${tag}`,
  );
}
