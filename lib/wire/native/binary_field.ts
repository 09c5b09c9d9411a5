import type { Bytes } from "../../bytes/brand.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { ByteWriter } from "../../bytes/writer.ts";
import {
  type Dialect,
  hasLanes,
  REQUEST_TAG,
  type RequestKind,
} from "./dialect.ts";
import { NativeError } from "./error_code.ts";
import { malformed } from "./json_field.ts";

/** How many bytes the tag of a request takes. */
export const TAG = 1;
/** How many bytes a lane takes. */
export const LANE = 8;
/** How many bytes a length takes. */
export const LENGTH = 8;

/** Write a lane where the dialect has them; 0 is none. */
export function writeLane(
  writer: ByteWriter,
  lane: bigint | undefined,
  dialect: Dialect,
): void {
  if (hasLanes(dialect)) writer.u64(lane ?? 0n);
  else if (lane !== undefined) {
    throw new RangeError("Cannot encode request: dialect a has no lanes");
  }
}

/** Zero is no lane here, although it is one in JSON. */
export function readLane(reader: ByteReader): bigint | undefined {
  return reader.u64("lane") || undefined;
}

/**
 * The length that says how many bytes follow, and all of them.
 *
 * @throws {NativeError} If it says another number than there are.
 */
export function readBody(reader: ByteReader, name: "data" | "message"): Bytes {
  const length = reader.u64("length");
  if (length !== BigInt(reader.remaining)) {
    throw malformed(
      `${name} len has inconsistent length. specified: ${length} got: ${reader.remaining}`,
    );
  }
  return reader.rest();
}

/** The first byte of a request.
 *
 * @throws {RangeError} If the dialect has no such request.
 */
export function tagOf(kind: RequestKind, dialect: Dialect): number {
  const tag = REQUEST_TAG[dialect][kind];
  if (tag !== undefined) return tag;
  throw new RangeError(
    `Cannot encode request: dialect ${dialect} has no "${kind}"`,
  );
}

/** A frame is shorter than its request. */
export function tooShort(name: string): NativeError {
  return new NativeError(
    "tooShortRequest",
    `not enough data provided to recover '${name}'`,
  );
}
