import type { Bytes } from "../../bytes/brand.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { ByteWriter } from "../../bytes/writer.ts";
import { DecodeError } from "../../errors.ts";
import { JsonReader } from "../json_reader.ts";
import { MAX_HEAD } from "./version.ts";

/** What every frame carries: a JSON object, and bytes where the object is about some. */
export interface ChannelFrame {
  /** The object. */
  readonly head: JsonReader;
  /** The bytes; none in a text frame. */
  readonly body: Bytes | undefined;
}

const TITLE = "channel frame";

/** Write an object as a text frame, or with bytes as a binary one: `length of head (4, big-endian) || head || bytes`. */
export function encodeFrame(
  head: Readonly<Record<string, unknown>>,
  body?: Uint8Array | undefined,
): string | Bytes {
  const json = JSON.stringify(head);
  if (body === undefined) return json;
  const bytes = new TextEncoder().encode(json);
  return new ByteWriter(4 + bytes.length + body.length).u32(bytes.length)
    .bytes(bytes).bytes(body).done();
}

/**
 * Read a frame as an object with its bytes.
 *
 * @throws {DecodeError} If it is none.
 */
export function decodeFrame(frame: string | Uint8Array): ChannelFrame {
  if (typeof frame === "string") {
    return { head: parseHead(frame), body: undefined };
  }
  const reader = new ByteReader(frame, TITLE);
  const length = reader.u32("length of head");
  if (length > MAX_HEAD) {
    throw new DecodeError(
      `Cannot decode ${TITLE}: head has ${length} bytes, need at most ${MAX_HEAD}`,
    );
  }
  const head = decodeText(reader.bytes(length, "head"));
  return { head: parseHead(head), body: reader.rest() };
}

function parseHead(text: string): JsonReader {
  return JsonReader.parse(text, { title: TITLE, maxLength: MAX_HEAD });
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DecodeError(`Cannot decode ${TITLE}: head is no UTF-8`, {
      cause,
    });
  }
}
