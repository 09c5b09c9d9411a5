import { type ExitCode, NymError } from "../errors.ts";

/** What became of several messages of which some were sent. */
export interface PartlySentOptions {
  /** What kept the rest from being sent. */
  cause: unknown;
  /** What to do now. */
  hint: string;
  /** How the command ends. */
  exitCode: ExitCode;
  /** How many got as far as they were to get. */
  sent: number;
  /** Whether anything of the rest may arrive. */
  restMayArrive: boolean;
}

/** Some messages were sent, the rest was not. Part of it all arrives, whatever became of the rest. */
export class PartlySent extends NymError {
  override name = "PartlySent";
  /** How many messages got as far as they were to get. */
  readonly sent: number;
  /** Whether anything of the rest may arrive. */
  readonly restMayArrive: boolean;

  /** `message` says how many were sent, and why not the rest. */
  constructor(message: string, options: PartlySentOptions) {
    super(message, { ...options, mayArrive: true });
    this.sent = options.sent;
    this.restMayArrive = options.restMayArrive;
  }
}
