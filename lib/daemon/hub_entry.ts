import type { IncomingMessage } from "../mailbox/mailbox.ts";
import type { Group } from "./group.ts";

/** A message on its way from the mailbox to consumers. */
export interface HubEntry {
  /** What the mailbox gave. */
  readonly message: IncomingMessage;
  /** Groups that have neither taken it, nor passed, nor left. */
  readonly pending: Set<Group>;
  /** Groups for which it is not. */
  readonly passed: Set<Group>;
  /** Whether anybody took it. */
  taken: boolean;
  /** Whether it came while nobody was there. */
  waited: boolean;
  /** Whether it was handed to a consumer that did not take it. */
  givenBack: boolean;
  /** How many consumers have it in hand, or had it when they left. */
  hands: number;
}
