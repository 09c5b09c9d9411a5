import { NymError } from "../errors.ts";
import { adviceAfter, ClosedOutput, Interruption } from "./interruption.ts";
import { PartlySent } from "./partly_sent.ts";
import { plural } from "./plural.ts";
import { describe } from "./report.ts";

/** The same error, saying what became of the message that was being sent. */
export function unfinished(error: unknown, mayArrive: boolean): unknown {
  if (error instanceof ClosedOutput) return error;
  if (error instanceof NymError && error.mayArrive !== undefined) return error;
  const { code, hint, message } = describe(error);
  return new NymError(error instanceof NymError ? error.message : message, {
    cause: error,
    exitCode: code,
    hint: error instanceof Interruption ? adviceAfter(mayArrive) : hint,
    mayArrive,
  });
}

/** The same error, saying that nothing has left, unless it says otherwise itself. */
export function notSent(error: unknown): unknown {
  const mayArrive = false;
  return unfinished(error, mayArrive);
}

/** The same error, saying that `sent` messages were sent before, and what became of the rest. */
export function unfinishedAfter(
  sent: number,
  error: unknown,
  mayArrive: boolean,
): unknown {
  if (error instanceof ClosedOutput || error instanceof PartlySent) {
    return error;
  }
  if (sent === 0) return unfinished(error, mayArrive);
  const { code, hint, message } = describe(error);
  const isOurs = error instanceof NymError;
  const fate = (isOurs ? error.mayArrive : undefined) ?? mayArrive;
  const before = sent === 1
    ? "1 message was"
    : `${plural(sent, "message")} were`;
  return new PartlySent(
    `${isOurs ? error.message : message}; ${before} sent before`,
    {
      cause: error,
      exitCode: code,
      hint: error instanceof Interruption ? adviceAfter(fate) : hint,
      sent,
      restMayArrive: fate,
    },
  );
}
