import { planSplit } from "../message/split_plan.ts";
import { REPLY_OVERHEAD } from "../message/nym_message.ts";

/** How much answer `--surbs auto` makes room for, in bytes. */
export const DEFAULT_REPLY_SIZE = 1_000;

/** Official receivers keep this many blocks back to ask for more with, and answer with what is above. */
export const KEPT_BACK = 10;

/** How many reply blocks so many answers of `replySize` bytes take: one a packet, and those that the receiver keeps back. */
export function surbsFor(replySize: number, replies = 1): number {
  const packets = planSplit(replySize + REPLY_OVERHEAD, "regular").fragments;
  return packets * replies + KEPT_BACK;
}
