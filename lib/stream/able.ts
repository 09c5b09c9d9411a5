import { EXIT, NymError } from "../errors.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";

/**
 * Streams need a client that answers an anonymous sender as often as there is something to say: those before 1.1.4 attach one
 * reply block to a message, and take one packet back through it.
 *
 * @throws {NymError} With exit code 8 if the client is one of those.
 */
export function assertAble({ adoptSurb }: Mailbox): void {
  if (adoptSurb === undefined) return;
  throw new NymError(
    "Cannot open streams: this client is older than 1.1.4 and answers an anonymous message once, need one that answers on and on",
    {
      exitCode: EXIT.refused,
      mayArrive: false,
      hint: "Use a newer nym-client, or one of nymwire (nymwire init)",
    },
  );
}
