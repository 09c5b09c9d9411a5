import { DecodeError, EXIT } from "../errors.ts";

/** The text or bytes of an address or of a sender tag do not have the shape they must have. */
export class AddressError extends DecodeError {
  /** Tells it from other errors in logs. */
  override name = "AddressError";
  /** What a native client answers to it on its local websocket, after `malformed request: ` or the like. */
  readonly reason: string;

  /** Make an error from a sentence for people, the words that other programs know, and what to do now. */
  constructor(message: string, reason: string, hint: string) {
    super(message, { hint, exitCode: EXIT.address });
    this.reason = reason;
  }
}
