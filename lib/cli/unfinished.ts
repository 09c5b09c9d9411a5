import { NymError } from "../errors.ts";
import { adviceAfter, ClosedOutput, Interruption } from "./interruption.ts";
import { describe } from "./report.ts";

/** The same error, saying what became of the message that was being sent. */
export function unfinished(
  error: unknown,
  mayArrive: boolean,
  done = "",
): unknown {
  if (error instanceof ClosedOutput) return error;
  if (error instanceof NymError && error.mayArrive !== undefined && !done) {
    return error;
  }
  const { code, hint, ...told } = describe(error);
  const fate = told.mayArrive ?? mayArrive;
  const message = error instanceof NymError ? error.message : told.message;
  return new NymError(`${message}${done}`, {
    cause: error,
    exitCode: code,
    hint: error instanceof Interruption ? adviceAfter(fate) : hint,
    mayArrive: fate,
  });
}

/** The same error, saying that nothing has left, unless it says otherwise itself. */
export function notSent(error: unknown): unknown {
  const mayArrive = false;
  return unfinished(error, mayArrive);
}
