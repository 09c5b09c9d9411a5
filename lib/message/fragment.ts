import type { Bytes } from "../bytes/brand.ts";
import { ByteReader } from "../bytes/reader.ts";
import { ByteWriter } from "../bytes/writer.ts";
import { DecodeError } from "../errors.ts";
import type { FragmentId } from "./fragment_id.ts";

/** How many fragments a set has at most. */
export const MAX_FRAGMENTS = 255;

/** The largest id of a set. */
export const MAX_SET_ID = 0x7fff_ffff;

/** Set id, total and index; then one zero byte, or the id of another set in four. */
const COMMON_SIZE = 4 + 1 + 1;

/** Size of the header of a fragment that names no other set. */
export const UNLINKED_HEADER_SIZE: number = COMMON_SIZE + 1;

/** Size of the header of a fragment that names another set. */
export const LINKED_HEADER_SIZE: number = COMMON_SIZE + 4;

/** Marks an id of a set, so that no fragment starts like a cover message. */
const FLAG = 0x8000_0000;

/** A part of a message that fits into one packet. Long messages are several sets of up to 255 fragments. */
export interface Fragment extends FragmentId {
  /** How many fragments the set has, 1 to 255. */
  readonly total: number;
  /** The set before this one, named by the first fragment, or the one after it, named by the 255th; none otherwise. */
  readonly linkedSetId: number | undefined;
  /** Its part of the padded message. */
  readonly payload: Uint8Array;
}

/**
 * Write a fragment: `0x80000000 | set id` (4) ‖ total (1) ‖ index (1) ‖ zero (1) or `0x80000000 | linked set id` (4) ‖ payload
 * (nymtech/nym, `common/nymsphinx/chunking/src/fragment.rs`).
 */
export function encodeFragment(fragment: Fragment): Bytes {
  const { setId, total, index, linkedSetId, payload } = fragment;
  const linked = linkedSetId !== undefined;
  const writer = new ByteWriter(
    (linked ? LINKED_HEADER_SIZE : UNLINKED_HEADER_SIZE) + payload.length,
  );
  writer.u32(FLAG + setId).u8(total).u8(index);
  if (linked) writer.u32(FLAG + linkedSetId);
  else writer.u8(0);
  return writer.bytes(payload).done();
}

/**
 * Read a fragment. Its payload may have any length.
 *
 * @throws {DecodeError} If a field is missing or out of its bounds, or the fragment names another set from a place where it
 * must not.
 */
export function decodeFragment(bytes: Uint8Array): Fragment {
  const reader = new ByteReader(bytes, "fragment");
  const setId = flagged(reader.u32("set id"), "set id");
  const total = reader.u8("total");
  const index = reader.u8("index");
  if (index < 1 || index > total) {
    throw new DecodeError(
      `Cannot decode fragment: index ${index} of ${total}`,
    );
  }
  const linkedSetId = readLink(reader, bytes);
  if (linkedSetId !== undefined) {
    checkLink({ setId, total, index }, linkedSetId);
  }
  return { setId, total, index, linkedSetId, payload: reader.rest() };
}

/** The set that a fragment names comes before its own; otherwise it comes after it. */
export function linksBack(fragment: Fragment): boolean {
  return fragment.index === 1;
}

function readLink(reader: ByteReader, bytes: Uint8Array): number | undefined {
  const linked = bytes[COMMON_SIZE] ?? 0;
  if (linked !== 0) {
    return flagged(reader.u32("linked set id"), "linked set id");
  }
  reader.u8("linked set id");
  return undefined;
}

function checkLink(
  { setId, total, index }: FragmentId & { readonly total: number },
  linkedSetId: number,
): void {
  if (linkedSetId === setId) {
    throw new DecodeError(
      `Cannot decode fragment: set ${setId} follows itself`,
    );
  }
  const back = index === 1;
  const forth = index === MAX_FRAGMENTS && total === MAX_FRAGMENTS;
  if (!back && !forth) {
    throw new DecodeError(
      `Cannot decode fragment: ${index} of ${total} names another set`,
    );
  }
}

function flagged(value: number, field: string): number {
  const id = value - FLAG;
  if (id >= 1) return id;
  throw new DecodeError(
    `Cannot decode fragment: ${field}: need 80000001 to ffffffff, have ${
      value.toString(16).padStart(8, "0")
    }`,
  );
}
