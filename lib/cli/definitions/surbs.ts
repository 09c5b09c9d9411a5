import { wholeNumber } from "../parse/number.ts";

/** The most reply blocks that go with one message: more than a peer keeps for one sender. */
export const MAX_SURBS = 1_000;

const readNumber = wholeNumber(0, MAX_SURBS);

/**
 * Read a number of reply blocks, or `auto`.
 *
 * @throws {UsageError} If it is neither.
 */
export function surbsOrAuto(text: string): number | "auto" {
  return text === "auto" ? text : readNumber(text);
}
