import type { IncomingMessage } from "../mailbox/mailbox.ts";

/** Consumers that share, as an entry knows them: which ones they are. */
export interface Sharers {
  readonly name: string | undefined;
}

/** A message on its way from the mailbox to consumers. */
export interface HubEntry {
  /** What the mailbox gave. */
  readonly message: IncomingMessage;
  /** Groups that have neither taken it, nor passed, nor left. */
  readonly pending: Set<Sharers>;
  /** Groups for which it is not. */
  readonly passed: Set<Sharers>;
  /** Whether anybody took it. */
  taken: boolean;
  /** Whether it came while nobody was there. */
  waited: boolean;
  /** Whether it was handed to a consumer that did not take it. */
  givenBack: boolean;
  /** How many consumers have it in hand, or had it when they left. */
  hands: number;
}
