import type { Bytes } from "../../bytes/brand.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { ByteWriter } from "../../bytes/writer.ts";
import { encodeRecipient, RECIPIENT_SIZE } from "../../message/recipient.ts";
import { recipientOfBytes } from "./address_text.ts";
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
import { type Dialect, hasLanes, hasSingleSurbs } from "./dialect.ts";
import { malformed } from "./json_field.ts";
import type { NativeRequest } from "./request.ts";

/** Layout, a: `00 flag R len data`; b: `00 flag R lane len data`; c: `00 R lane len data` and `01 surbs(4) R lane len data`. */
export function encodeSend(
  request: NativeRequest & { kind: "send" | "sendAnonymous" },
  dialect: Dialect,
): Bytes {
  const single = hasSingleSurbs(dialect);
  const anonymous = request.kind === "sendAnonymous";
  if (single && anonymous && request.surbs !== 1) {
    throw new RangeError(
      `Cannot encode request: dialect ${dialect} attaches 1 reply block, not ${request.surbs}`,
    );
  }
  const surbs = single ? 1 : anonymous ? 4 : 0;
  const { recipient, body } = request;
  const writer = new ByteWriter(sendSize(surbs, dialect) + body.length);
  writer.u8(tagOf(single ? "send" : request.kind, dialect));
  if (single) writer.u8(anonymous ? 1 : 0);
  else if (anonymous) writer.u32(request.surbs);
  writer.bytes(encodeRecipient(recipient));
  writeLane(writer, request.lane, dialect);
  return writer.u64(BigInt(body.length)).bytes(body).done();
}

/** Read what {@linkcode encodeSend} wrote. */
export function decodeSend(
  frame: Uint8Array,
  kind: "send" | "sendAnonymous",
  dialect: Dialect,
): NativeRequest {
  const single = hasSingleSurbs(dialect);
  const surbsSize = single ? 1 : kind === "sendAnonymous" ? 4 : 0;
  const name = kind === "send" ? "send" : "send_anonymous";
  if (frame.length < sendSize(surbsSize, dialect)) throw tooShort(name);
  const reader = new ByteReader(frame.subarray(TAG), kind);
  let surbs: number | undefined;
  if (single) surbs = surbsOfFlag(reader.u8("flag"));
  else if (kind === "sendAnonymous") surbs = reader.u32("reply blocks");
  const recipient = recipientOfBytes(
    reader.bytes(RECIPIENT_SIZE, "recipient"),
    dialect,
  );
  const lane = hasLanes(dialect) ? readLane(reader) : undefined;
  const body = readBody(reader, "data");
  return surbs === undefined
    ? { kind: "send", recipient, body, lane }
    : { kind: "sendAnonymous", recipient, body, surbs, lane };
}

function sendSize(surbs: number, dialect: Dialect): number {
  return TAG + surbs + RECIPIENT_SIZE + (hasLanes(dialect) ? LANE : 0) + LENGTH;
}

function surbsOfFlag(flag: number): number | undefined {
  if (flag > 1) throw malformed(`invalid reply surb flag ${flag}`);
  return flag === 1 ? 1 : undefined;
}
