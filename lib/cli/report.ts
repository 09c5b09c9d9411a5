import {
  ConnectionError,
  CryptoError,
  DecodeError,
  EXIT,
  type ExitCode,
  NymError,
  PluginError,
  ProtocolError,
  UsageError,
} from "../errors.ts";
import { escapeLine, withoutTokens } from "./escape.ts";
import { fileFault, fileOf } from "./file_fault.ts";
import {
  adviceAfter,
  ClosedOutput,
  Interruption,
  TimeLimit,
} from "./interruption.ts";
import type { Output } from "./output.ts";
import { PartlySent } from "./partly_sent.ts";

/** What a command ends with for an error that does not say so itself, and what to advise; the first class that fits. */
const DEFAULTS: readonly (readonly [
  new (...args: never[]) => Error,
  ExitCode,
  string,
])[] = [
  [UsageError, EXIT.usage, "See what is possible with: nymwire help"],
  [
    ConnectionError,
    EXIT.down,
    "Check that the client, gateway or directory runs and can be reached",
  ],
  [
    ProtocolError,
    EXIT.down,
    "Check that both sides speak a version that the other understands",
  ],
  [
    DecodeError,
    EXIT.down,
    "Check that the other side is what it is taken for",
  ],
  [
    CryptoError,
    EXIT.integrity,
    "Check that nothing was changed on the way or on disk",
  ],
  [PluginError, EXIT.plugin, "Check the plugin with: nymwire plugin check"],
  [TimeLimit, EXIT.timeout, "Allow more time with --timeout"],
];

/** What is said of an error, and how the process ends because of it. */
export interface Report {
  readonly code: ExitCode;
  readonly message: string;
  readonly hint: string;
  /** Whether any of what was to be sent may arrive; `null` where nothing was to be sent. */
  readonly mayArrive: boolean | null;
  /** Of several messages, how many were sent. */
  readonly sent?: number;
}

/** Put an error in words: one sentence, one line of advice. */
export function describe(error: unknown): Report {
  const known = DEFAULTS.find(([type]) => error instanceof type);
  if (error instanceof NymError) {
    return {
      code: error.exitCode ?? known?.[1] ?? EXIT.failure,
      message: escapeLine(withoutTokens(withFate(error))),
      hint: escapeLine(
        withoutTokens(error.hint ?? known?.[2] ?? adviceFor(error)),
      ),
      mayArrive: error.mayArrive ?? null,
      ...(error instanceof PartlySent ? { sent: error.sent } : {}),
    };
  }
  return {
    ...platform(error),
    mayArrive: null,
  };
}

/** Tell an error on stderr, with `--json` on stdout too, and name the exit code. Ends quietly where nobody reads. */
export async function report(
  error: unknown,
  output: Output,
): Promise<ExitCode> {
  const { code, ...told } = describe(error);
  if (error instanceof ClosedOutput) return code;
  await output.fail(told.message, told.hint);
  if (output.verbose >= 2) await output.detail(stack(error), 2);
  if (output.json) {
    try {
      await output.record("error", { code, ...told });
    } catch (cause) {
      if (!(cause instanceof ClosedOutput)) throw cause;
    }
  }
  return code;
}

function withFate(error: NymError): string {
  const { message, mayArrive } = error;
  if (error instanceof PartlySent) {
    return `${message} (the rest: ${fate(error.restMayArrive)})`;
  }
  return mayArrive === undefined ? message : `${message} (${fate(mayArrive)})`;
}

function fate(mayArrive: boolean): string {
  return mayArrive ? "may still arrive" : "not sent";
}

function adviceFor(error: NymError): string {
  return error instanceof Interruption
    ? adviceAfter(error.mayArrive ?? null)
    : "See what is possible with: nymwire help";
}

/** What systems say when a disk is full, or all of it that one may have. */
const NO_ROOM =
  /No space left on device|quota exceeded|not enough space on the disk/i;

/** What the platform throws: files that are not there, a time limit of a signal, and mistakes of this program. */
function platform(error: unknown): Omit<Report, "mayArrive"> {
  const message = escapeLine(
    error instanceof Error ? error.message : String(error),
  );
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return {
      code: EXIT.timeout,
      message: "The time limit is reached",
      hint: "Allow more time with --timeout",
    };
  }
  if (
    error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.IsADirectory ||
    error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.FilesystemLoop
  ) {
    const file = fileOf(error) ?? "a file";
    return {
      code: EXIT.usage,
      message: escapeLine(`Cannot use ${file}: ${fileFault(error)}`),
      hint: "Check that the file is there and that you may read it",
    };
  }
  if (NO_ROOM.test(message)) {
    return {
      code: EXIT.failure,
      message: "Cannot write a file: the disk is full",
      hint: "Make room on the disk",
    };
  }
  return {
    code: EXIT.failure,
    message: `Unexpected: ${message}`,
    hint:
      "This should not happen: run it again with -vv and report what it prints",
  };
}

function stack(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at !== undefined && parts.length < 8;) {
    parts.push(at instanceof Error ? at.stack ?? String(at) : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return parts.join("\ncaused by: ");
}
