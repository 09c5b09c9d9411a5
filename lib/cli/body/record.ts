import type { Bytes } from "../../bytes/brand.ts";

/** A message to be sent, as its source gives it. */
export interface BodyRecord {
  /** What it says. */
  readonly body: Bytes;
  /** Who it is for, if it says so itself. */
  readonly to?: string | undefined;
  /** Whom it answers, if it says so itself. */
  readonly replyTo?: string | undefined;
  /** How many reply blocks it takes along, if it says so itself. */
  readonly surbs?: number | "auto" | undefined;
}
