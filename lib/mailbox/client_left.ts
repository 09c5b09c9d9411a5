import { ConnectionError, EXIT } from "../errors.ts";

/** The process that has the client is about to end, or has ended, and has not taken a request on: another one can be asked. */
export class ClientLeftError extends ConnectionError {
  /** The name of the class. */
  override name = "ClientLeftError";

  constructor() {
    super(
      "Cannot use the running client: the process that has it is about to stop",
      {
        exitCode: EXIT.down,
        mayArrive: false,
        hint: "Try again: the next one opens the client itself",
      },
    );
  }
}
