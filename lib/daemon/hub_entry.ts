import type { Bytes } from "../bytes/brand.ts";
import type { IncomingMessage } from "../mailbox/mailbox.ts";

/** Consumers that share, as an entry knows them: which ones they are. */
export interface Sharers {
  readonly name: string | undefined;
}

/** A message on its way from the mailbox to consumers. */
export interface HubEntry {
  /** What the mailbox gave; without its body, which can be read again, where it waits for whoever comes. */
  message: Omit<IncomingMessage, "body"> & { readonly body: Bytes | undefined };
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

/** Let go of the body of a message that waits, where it can be read again. */
export function unload(entry: HubEntry): void {
  if (entry.message.reread === undefined) return;
  entry.message = { ...entry.message, body: undefined };
}
