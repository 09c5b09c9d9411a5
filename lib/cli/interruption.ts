import { EXIT, type ExitCode, NymError } from "../errors.ts";

/** The signals that ask a command to end. */
export type EndSignal = "SIGHUP" | "SIGINT" | "SIGTERM";

/** What each of them is called in a sentence, and what a command ends with that it cuts short. */
const ENDS: Readonly<Record<EndSignal, readonly [string, ExitCode]>> = {
  SIGHUP: ["Hung up", EXIT.hungUp],
  SIGINT: ["Interrupted", EXIT.interrupted],
  SIGTERM: ["Terminated", EXIT.terminated],
};

/** The reason with which a command's signal aborts when the process is asked to end. */
export class Interruption extends NymError {
  override name = "Interruption";
  /** Which signal it was. */
  readonly signal: EndSignal;

  /** `mayArrive` says what became of a message that was being sent. */
  constructor(signal: EndSignal, mayArrive?: boolean) {
    const [message, exitCode] = ENDS[signal];
    super(message, { exitCode, mayArrive });
    this.signal = signal;
  }
}

/** How a command ends that goes on until it is told to end: being terminated is its ordinary end. */
export function exitWhenTold(reason: unknown): ExitCode {
  return reason instanceof Interruption && reason.signal !== "SIGTERM"
    ? ENDS[reason.signal][1]
    : EXIT.ok;
}

/** What to do after an interruption, by what became of the message that was being sent. */
export function adviceAfter(mayArrive: boolean | null): string {
  return mayArrive
    ? "What has left cannot be called back"
    : "Run it again to start over";
}

/** Nobody reads our output any more: the command ends quietly. */
export class ClosedOutput extends NymError {
  override name = "ClosedOutput";

  /** `cause` is what the system said. */
  constructor(cause?: unknown) {
    super("Cannot write: the output was closed", {
      cause,
      exitCode: EXIT.closedOutput,
    });
  }
}

/** A time limit was reached before the wanted result. */
export class TimeLimit extends NymError {
  override name = "TimeLimit";

  /** `what` could not be done; `limit` is the limit as a person writes it; `waitedFor` is what did not come. */
  constructor(
    what: string,
    limit: string,
    { hint, waitedFor }: {
      hint?: string | undefined;
      waitedFor?: string | undefined;
    } = {},
  ) {
    const waiting = waitedFor === undefined
      ? ""
      : ` while waiting for ${waitedFor}`;
    super(`${what}: the time limit of ${limit} is reached${waiting}`, {
      exitCode: EXIT.timeout,
      hint: hint ?? "Allow more time with --timeout",
    });
  }
}
