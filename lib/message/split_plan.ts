import {
  LINKED_HEADER_SIZE,
  MAX_FRAGMENTS,
  UNLINKED_HEADER_SIZE,
} from "./fragment.ts";
import { type DataPacketSizeName, PACKET_SIZE } from "./packet_size.ts";

/** What naming another set takes from the payload of a fragment. */
const LINK_COST = LINKED_HEADER_SIZE - UNLINKED_HEADER_SIZE;

/** The byte 1 that ends a message, after which zeros fill its last fragment. */
const MARKER_SIZE = 1;

/** How a message is cut. */
export interface SplitPlan {
  /** How many sets of fragments it takes. */
  readonly sets: number;
  /** How many fragments, and so packets, all sets have together. */
  readonly fragments: number;
  /** Length of the message with its marker and the zeros that fill the last fragment. */
  readonly paddedLength: number;
}

/**
 * How a message of `length` bytes (its type byte included) is cut for packets of one size. All fragments are full: 1604
 * bytes each in regular packets, 1601 where one names another set (nymtech/nym, `common/nymsphinx/chunking/src/set.rs`).
 */
export function planSplit(
  length: number,
  packetSize: DataPacketSizeName,
): SplitPlan {
  const need = length + MARKER_SIZE;
  const unlinked = unlinkedPayload(packetSize);
  const whole = MAX_FRAGMENTS * unlinked;
  if (need <= whole) {
    const fragments = Math.ceil(need / unlinked);
    return { sets: 1, fragments, paddedLength: fragments * unlinked };
  }
  // The first and the last of several sets name one other set, those between them two.
  const edge = whole - LINK_COST;
  const middle = whole - 2 * LINK_COST;
  const middles = Math.max(0, Math.ceil((need - 2 * edge) / middle));
  const full = edge + middles * middle;
  const last = 1 +
    Math.max(0, Math.ceil((need - full - (unlinked - LINK_COST)) / unlinked));
  return {
    sets: middles + 2,
    fragments: (middles + 1) * MAX_FRAGMENTS + last,
    paddedLength: full + last * unlinked - LINK_COST,
  };
}

/** How many bytes of a message a fragment carries that names no other set. */
export function unlinkedPayload(packetSize: DataPacketSizeName): number {
  return PACKET_SIZE[packetSize].fragment - UNLINKED_HEADER_SIZE;
}

/** How many bytes of a message a fragment carries that names another set. */
export function linkedPayload(packetSize: DataPacketSizeName): number {
  return PACKET_SIZE[packetSize].fragment - LINKED_HEADER_SIZE;
}

/** The packet size for a message of `length` bytes: the secondary one only if there is one and it takes fewer packets. */
export function choosePacketSize(
  length: number,
  primary: DataPacketSizeName,
  secondary?: DataPacketSizeName | undefined,
): DataPacketSizeName {
  if (secondary === undefined) return primary;
  const fewer = planSplit(length, secondary).fragments <
    planSplit(length, primary).fragments;
  return fewer ? secondary : primary;
}
