import { ConnectionError, EXIT } from "../errors.ts";

/** A nym-client serves another program: it has one slot. */
export class ClientBusyError extends ConnectionError {
  override name = "ClientBusyError";

  /** Say which one, and why we think so. */
  constructor(url: string, cause: unknown) {
    super(`Cannot use the client at ${url}: it serves another program`, {
      cause,
      exitCode: EXIT.busy,
      hint:
        `Stop the other program, or share the client: nymwire run --upstream ${url}; ` +
        "if there is none, restart the client: a program that broke can leave its slot taken",
    });
  }
}
