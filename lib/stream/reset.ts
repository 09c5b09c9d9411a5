import { ConnectionError, EXIT, type ExitCode, NymError } from "../errors.ts";
import {
  MAX_RESET_TEXT,
  type ResetReason,
  type SegmentReset,
} from "./segment.ts";

const WORDS: Record<
  ResetReason,
  {
    what: string;
    /** What is added if the peer says so. */
    side: string;
    hint: string;
    exitCode: ExitCode;
  }
> = {
  cancelled: {
    what: "was given up",
    side: " by the other side",
    hint: "Start the pipe again on both sides",
    exitCode: EXIT.lost,
  },
  full: {
    what: "was refused: the listener serves all the callers it can",
    side: "",
    hint: "Try again later, or raise --max-callers there",
    exitCode: EXIT.busy,
  },
  unknownStream: {
    what: "is not known to the listener any more",
    side: "",
    hint:
      "Start the pipe again; the listener has restarted or has given up waiting",
    exitCode: EXIT.lost,
  },
  protocol: {
    what: "broke its own rules",
    side: ", says the other side",
    hint: "Bring both sides to the same version of nymwire",
    exitCode: EXIT.lost,
  },
  idle: {
    what: "was silent for too long",
    side: ", says the other side",
    hint: "Give a longer --idle on both sides",
    exitCode: EXIT.lost,
  },
  version: {
    what: "is of a version that the listener does not speak",
    side: "",
    hint: "Bring both sides to the same version of nymwire",
    exitCode: EXIT.down,
  },
  failed: {
    what: "failed",
    side: " on the other side",
    hint: "See what the other side says about it",
    exitCode: EXIT.lost,
  },
};

/** The error of a stream that was reset, by the peer or on this side. */
export function resetError(
  { reason, text }: SegmentReset,
  { byPeer = true }: { byPeer?: boolean } = {},
): ConnectionError {
  const { what, side, hint, exitCode } = WORDS[reason];
  // The peer's words go to a terminal: nothing but visible characters of them is shown.
  const words = text.replaceAll(/[^\x20-\x7e\u00a0-\uffff]/g, "?").slice(
    0,
    MAX_RESET_TEXT,
  );
  const detail = words === "" ? "" : ` (${words})`;
  return new ConnectionError(
    `Lost the pipe: it ${what}${byPeer ? side : ""}${detail}`,
    {
      exitCode,
      hint,
      mayArrive: true,
    },
  );
}

/** What the peer is told when this side cannot go on because of an error. */
export function resetFor(error: unknown): SegmentReset {
  // Words of other errors may say more about this machine than the peer needs to know.
  const text = error instanceof NymError ? error.message : "";
  return { reason: error instanceof SilenceError ? "idle" : "failed", text };
}

/** The peer was silent for too long. */
export class SilenceError extends ConnectionError {
  override name = "SilenceError";
}
