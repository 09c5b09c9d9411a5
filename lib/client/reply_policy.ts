import type { ReplySurbSettings } from "../home/debug.ts";

/** How one anonymous sender can be answered, in reply blocks, each good for one packet. */
export interface ReplyStock {
  /** Blocks at hand for the current key rotation. */
  readonly fresh: number;
  /** Blocks asked for that have not come. */
  readonly requested: number;
  /** Packets that wait for blocks. */
  readonly waiting: number;
}

/** How many reply blocks to ask for now; 0 is none (nymtech/nym, common/client-core/src/client/replies/reply_controller). */
export function requestSize(
  { fresh, requested, waiting }: ReplyStock,
  settings: ReplySurbSettings,
): number {
  const expected = fresh + requested;
  const need = waiting + settings.minimumReplySurbStorageThreshold +
    settings.minimumReplySurbThresholdBuffer;
  return expected < settings.maximumReplySurbStorageThreshold &&
      expected < need
    ? requestFor(waiting, settings)
    : 0;
}

/** How many blocks a request asks for when so many packets wait. */
export function requestFor(
  waiting: number,
  settings: ReplySurbSettings,
): number {
  return Math.min(
    settings.maximumReplySurbRequestSize,
    Math.max(
      waiting + settings.minimumReplySurbThresholdBuffer,
      settings.minimumReplySurbRequestSize,
    ),
  );
}

/** How many of the blocks at hand may be used for replies; the rest is for asking. */
export function spendable(
  available: number,
  settings: ReplySurbSettings,
): number {
  return Math.max(0, available - settings.minimumReplySurbStorageThreshold);
}

/** What to do about replies that wait. */
export type WaitVerdict = "wait" | "askAgain" | "giveUp";

/** Judge replies that wait: nothing has come for `silence` milliseconds, and so many requests were repeated since. */
export function judgeWait(
  silence: number,
  askedAgain: number,
  settings: ReplySurbSettings,
): WaitVerdict {
  if (silence <= settings.maximumReplySurbRerequestWaitingPeriod) return "wait";
  return silence > settings.maximumReplySurbDropWaitingPeriod ||
      askedAgain >= settings.maximumReplySurbsRerequests
    ? "giveUp"
    : "askAgain";
}
