import type { ExitCode } from "../errors.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { CommandContext } from "./context.ts";
import { exitWhenTold } from "./interruption.ts";

/** Options of {@linkcode untilTold}. */
export interface UntilToldOptions {
  /** Rejects when something else fails that the process cannot do without. */
  readonly failed?: Promise<never> | undefined;
  /** Hears each change of the connection, in a line for people. */
  readonly onState?: ((line: string) => void) | undefined;
}

/**
 * Resolves when the process is told to end, with how it is to end; rejects when the mailbox ends by itself, nobody reads what
 * it tells, or `failed` does. Meanwhile it tells each change of the connection.
 */
export async function untilTold(
  mailbox: Pick<Mailbox, "closed" | "states">,
  { signal, output }: CommandContext,
  { failed = new Promise(() => {}), onState }: UntilToldOptions = {},
): Promise<ExitCode> {
  const told = Promise.withResolvers<void>();
  const onAbort = () => told.resolve();
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  tellStates(mailbox, signal, output, onState).catch(told.reject);
  try {
    await Promise.race([told.promise, mailbox.closed, failed]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  return exitWhenTold(signal.reason);
}

async function tellStates(
  mailbox: Pick<Mailbox, "states">,
  signal: AbortSignal,
  output: CommandContext["output"],
  onState: UntilToldOptions["onState"] = () => {},
): Promise<void> {
  for await (const state of mailbox.states()) {
    // How it ends is told by the end itself.
    if (signal.aborted || state.kind === "closed") continue;
    const reason = state.kind === "connected" ? "" : state.reason;
    if (output.json) {
      await output.record("state", { state: state.kind, reason });
    }
    const line = reason ? `${state.kind}: ${reason}` : state.kind;
    onState(line);
    await output.say(line);
  }
}
