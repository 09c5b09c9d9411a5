import { EXIT, NymError } from "../errors.ts";
import type { ListenCommand } from "./definitions/listen.ts";
import { TimeLimit } from "./interruption.ts";
import type { Listening, StopReason } from "./listening.ts";
import { formatDuration } from "./parse/duration.ts";
import { plural } from "./plural.ts";

/** What to do about messages that `--exec` failed on. */
const AGAIN = "Mend the command and run it again, or choose another --on-error";

/** What else there is to say about the end. */
export interface ShortfallOptions {
  /** What was waited for, where that is not messages alone. */
  readonly waitedFor: string | undefined;
  /** How many messages went on as they were, as a plugin failed on them. */
  readonly passed: number;
}

/** What is wrong with ending so: less has come than was wanted, or some of it could not be dealt with as it should be. */
export function shortfall(
  ended: StopReason,
  { taken, kept }: Listening,
  { first, count, replay, timeout }: ListenCommand,
  { waitedFor, passed }: ShortfallOptions,
): NymError | undefined {
  const wanted = first ? 1 : count;
  const all = taken + kept;
  if (ended.kind === "signal") {
    const isShort = wanted !== undefined && taken < wanted;
    return isShort && ended.reason.signal === "SIGINT"
      ? ended.reason
      : undefined;
  }
  if (ended.kind === "timeout" && taken < (wanted ?? 1)) {
    const need = plural(wanted ?? 1, "message");
    const have = kept === 0 ? taken : `${taken} and ${kept} that failed`;
    const isOne = (wanted ?? 1) === 1 && kept === 0;
    return new TimeLimit(
      isOne
        ? "Cannot wait longer for a message"
        : `Cannot wait longer: need ${need}, have ${have}`,
      formatDuration(timeout!),
      { hint: kept === 0 ? undefined : AGAIN, waitedFor },
    );
  }
  if (kept > 0) {
    const stay = kept === 1 ? "it stays" : "they stay";
    return unhandled(kept, all, `${stay} in ${replay ?? "the inbox"}`, AGAIN);
  }
  if (passed > 0) {
    const went = passed === 1
      ? "it went on as it was"
      : "they went on as they were";
    return unhandled(
      passed,
      all,
      `a plugin failed, and ${went}`,
      "Mend the plugin, or choose another --on-error",
    );
  }
  return undefined;
}

function unhandled(
  some: number,
  all: number,
  why: string,
  hint: string,
): NymError {
  return new NymError(
    `Cannot handle ${some} of ${plural(all, "message")}: ${why}`,
    {
      exitCode: EXIT.partial,
      hint,
    },
  );
}
