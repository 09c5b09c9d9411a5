import { EXIT, type ExitCode } from "../errors.ts";
import { ClosedOutput } from "./interruption.ts";
import type { Output } from "./output.ts";
import { report } from "./report.ts";

/** How a command that takes messages has ended. */
export interface End {
  /** Why: a word for programs. */
  readonly reason: string;
  /** How many messages came and were dealt with. */
  readonly count: number;
  /** How many could not be dealt with and come again, where that can be. */
  readonly kept?: number;
  /** What made it fail, if it did. */
  readonly error?: unknown;
}

/** Tell the end: with `--json` an `end` object is the last one, after the error if there is one. Names the exit code. */
export async function tellEnd(
  { reason, count, kept, error }: End,
  output: Output,
): Promise<ExitCode> {
  const code = error === undefined ? EXIT.ok : await report(error, output);
  if (!output.json || error instanceof ClosedOutput) return code;
  try {
    await output.record("end", {
      reason,
      count,
      ...(kept === undefined ? {} : { kept }),
    });
  } catch (cause) {
    // Nobody reads it; how the command failed is told already.
    if (error === undefined || !(cause instanceof ClosedOutput)) throw cause;
  }
  return code;
}
