import { PLAIN_OVERHEAD, REPLY_OVERHEAD } from "../message/nym_message.ts";
import { SENDER_TAG_SIZE } from "../message/sender_tag.ts";
import { planSplit } from "../message/split_plan.ts";

/** How much answer `--surbs auto` makes room for, in bytes. */
export const DEFAULT_REPLY_SIZE = 1_000;

/** Official receivers keep this many blocks back to ask for more with, and answer with what is above. */
export const KEPT_BACK = 10;

/** What a message that can be answered holds beside data, sender tag and blocks: its type, and the head of the list. */
const LIST_OVERHEAD = 1 + 4;

/** A reply block as we write it (nymtech/nym, `common/nymsphinx/anonymous-replies/src/requests/v2.rs`): 396 bytes and 16 for each of 4 hops. */
const SURB_SIZE = 396 + 4 * 16;

/** How many reply blocks so many answers of `replySize` bytes take: one a packet, and those that the receiver keeps back. */
export function surbsFor(replySize: number, replies = 1): number {
  const packets = planSplit(replySize + REPLY_OVERHEAD, "regular").fragments;
  return packets * replies + KEPT_BACK;
}

/** How many packets a message of so many bytes takes with its reply blocks. */
export function packetsOf(size: number, surbs: number): number {
  const repliable = surbs === 0
    ? 0
    : SENDER_TAG_SIZE + LIST_OVERHEAD + surbs * SURB_SIZE;
  const length = PLAIN_OVERHEAD + repliable + size;
  return planSplit(length, "regular").fragments;
}
