import { sleep } from "../async/clock.ts";
import { ConnectionError, EXIT, UsageError } from "../errors.ts";
import { readRunState, type RunFile } from "../home/run_file.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { openStock } from "../mailbox/stock.ts";
import { parseRecipient } from "../message/recipient.ts";
import type { CommandContext } from "./context.ts";
import type { OwnPaths } from "./kept_inbox.ts";

/** How long a process that holds a client may take to say where it listens, or to end: longer than it waits for others. */
const SILENCE_MS = 45_000;

/** How often one that has said where it listens is tried: it may be about to end. */
const ATTEMPTS = 50;

/** How often is looked whether it has. */
const LOOK_MS = 100;

/** Where a process of ours holds a client, and what errors call that. */
export type HeldPlace = Pick<OwnPaths, "lock" | "runFile"> & {
  readonly title: string;
};

/** Options of {@linkcode joinProcess}. */
export interface JoinOptions {
  /** Share what arrives with others that name the same; without it everything comes. */
  group?: string | undefined;
  /** Stops waiting. */
  signal: AbortSignal;
}

/**
 * Join our own process that holds a client: over its channel, or its stock websocket if it serves no channel. One that is about
 * to start or to end is given time. Nothing if there is none.
 *
 * @throws {UsageError} If it says nothing; exit code 4.
 */
export async function joinProcess(
  place: HeldPlace,
  { group, signal }: JoinOptions,
  context: Pick<CommandContext, "clock">,
): Promise<Mailbox | undefined> {
  for (let attempt = 1;; attempt++) {
    const run = await liveProcess(place, context, signal);
    if (run === undefined) return undefined;
    try {
      return await join(run, place, { group, signal });
    } catch (error) {
      if (attempt === ATTEMPTS || !mayPass(error)) throw error;
    }
    await sleep(context.clock, LOOK_MS, signal);
  }
}

async function join(
  { pid, url, address, channel }: RunFile,
  place: HeldPlace,
  { group, signal }: JoinOptions,
): Promise<Mailbox> {
  const expect = parseRecipient(address);
  if (channel === null) {
    if (url === null) throw held(place, pid);
    return await openStock({ url, expect, signal });
  }
  const { openChannel } = await import("../mailbox/channel.ts");
  const token = await Deno.readTextFile(channel.tokenFile);
  return await openChannel({ url: channel.url, token, expect, group, signal });
}

/** A process that ends takes its channel and its token away. */
function mayPass(error: unknown): boolean {
  return error instanceof ConnectionError ||
    error instanceof Deno.errors.NotFound;
}

async function liveProcess(
  place: HeldPlace,
  { clock }: Pick<CommandContext, "clock">,
  signal: AbortSignal,
): Promise<RunFile | undefined> {
  const deadline = clock.now() + SILENCE_MS;
  for (;;) {
    const state = await readRunState(place);
    switch (state.kind) {
      case "live":
        return state.run;
      case "none":
      case "stale":
        return undefined;
      case "silent":
        if (clock.now() >= deadline) throw held(place, state.pid);
    }
    await sleep(clock, LOOK_MS, signal);
  }
}

function held({ title }: HeldPlace, pid: number | undefined): UsageError {
  const by = pid === undefined ? "another process" : `process ${pid}`;
  return new UsageError(`Cannot use ${title}: ${by} holds it`, {
    exitCode: EXIT.busy,
    hint: "Wait until it has ended, or end it",
  });
}
