import { type ExitCode, UsageError } from "../errors.ts";
import { programFault } from "./file_fault.ts";
import { Interruption } from "./interruption.ts";
import { endLeftovers } from "./leftovers.ts";

/** Options of {@linkcode runChild}. */
export interface RunChildOptions {
  /** The whole environment of the command. */
  env: Readonly<Record<string, string>>;
  /** Variables on top of it. Their values mark the command and all that it starts. */
  marks: Readonly<Record<string, string>>;
  /** Passes the signal on that ends us. */
  signal: AbortSignal;
}

/**
 * Run a command of the user's with our own input and outputs until it ends, and end what it has left running.
 *
 * @returns Its status; 128 and the signal's number if a signal ended it.
 * @throws {UsageError} With exit code 127 if there is no such program, 126 if it cannot be run.
 */
export async function runChild(
  [program, ...args]: readonly string[],
  { env, marks, signal }: RunChildOptions,
): Promise<ExitCode> {
  signal.throwIfAborted();
  const child = spawn(program!, args, { ...env, ...marks });
  const passOn = () => {
    const { reason } = signal;
    child.kill(reason instanceof Interruption ? reason.signal : "SIGTERM");
  };
  signal.addEventListener("abort", passOn, { once: true });
  try {
    // The number is the command's own, and means what the command says it means; for a signal it is 128 more.
    return (await child.status).code as ExitCode;
  } finally {
    signal.removeEventListener("abort", passOn);
    await endLeftovers(marks);
  }
}

function spawn(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args: [...args],
      env: { ...env },
      clearEnv: true,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (cause) {
    const name = program === "" ? '""' : program;
    // As shells have it.
    const code = cause instanceof Deno.errors.NotFound ? 127 : 126;
    throw new UsageError(`Cannot run ${name}: ${programFault(cause)}`, {
      cause,
      exitCode: code as ExitCode,
      hint:
        "Give a program and its arguments after --; for several commands: -- sh -c '…'",
    });
  }
}
