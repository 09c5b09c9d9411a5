import { EXIT, type ExitCode } from "../../errors.ts";
import { Interruption } from "../interruption.ts";
import { unfinished } from "../unfinished.ts";
import type { Crowd } from "./crowd.ts";

/**
 * How a command that serves on and on ends, once those have ended whom it serves: in order if it is terminated while there is
 * nobody.
 *
 * @throws What ended it otherwise.
 */
export async function endOf(
  error: unknown,
  crowd: Crowd,
): Promise<ExitCode> {
  const isUnneeded = crowd.isEmpty;
  await crowd.join();
  const isTerminated = error instanceof Interruption &&
    error.signal === "SIGTERM";
  if (isTerminated && isUnneeded) return EXIT.ok;
  const mayArrive = true;
  throw isUnneeded ? error : unfinished(error, mayArrive);
}
