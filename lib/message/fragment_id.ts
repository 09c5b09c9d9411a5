import type { Bytes } from "../bytes/brand.ts";
import { ByteReader } from "../bytes/reader.ts";
import { ByteWriter } from "../bytes/writer.ts";
import { DecodeError } from "../errors.ts";

/** Names one fragment among all that a client has sent; this is what an acknowledgement carries. */
export interface FragmentId {
  /** The set it belongs to, 1 to 2^31 - 1. */
  readonly setId: number;
  /** Its place in the set, from 1. */
  readonly index: number;
}

/** Size of an encoded identifier. */
const FRAGMENT_ID_SIZE = 4 + 1;

/** What takes the place of an identifier in the acknowledgement of a cover packet: five zero bytes. */
export const COVER_ID: FragmentId = { setId: 0, index: 0 };

/** Write an identifier: the set's id as 4 bytes with a clear top bit, then the place as one. */
export function encodeFragmentId(id: FragmentId): Bytes {
  return new ByteWriter(FRAGMENT_ID_SIZE).u32(id.setId).u8(id.index).done();
}

/**
 * Read an identifier, that of cover packets included.
 *
 * @throws {DecodeError} If its length is not 5 or the set's id is negative.
 */
export function decodeFragmentId(bytes: Uint8Array): FragmentId {
  const reader = new ByteReader(bytes, "fragment identifier");
  const setId = reader.u32("set id");
  const index = reader.u8("index");
  reader.end();
  if (setId > 0x7fff_ffff) {
    throw new DecodeError(
      "Cannot decode fragment identifier: the set id is negative",
    );
  }
  return { setId, index };
}

/** Whether an identifier is that of cover packets. */
export function isCoverId(id: FragmentId): boolean {
  return id.setId === COVER_ID.setId && id.index === COVER_ID.index;
}
