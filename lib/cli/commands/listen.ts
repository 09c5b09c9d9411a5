import { ConnectionError, EXIT, type ExitCode } from "../../errors.ts";
import type { Mailbox } from "../../mailbox/mailbox.ts";
import { openReconnecting } from "../../mailbox/reconnecting.ts";
import { formatRecipient } from "../../message/recipient.ts";
import type { CommandContext } from "../context.ts";
import type { ListenCommand } from "../definitions/listen.ts";
import { type Deliverer, deliverer } from "../deliver/deliver.ts";
import { TimeLimit } from "../interruption.ts";
import { Listening, type StopReason } from "../listening.ts";
import { formatDuration } from "../parse/duration.ts";
import type { Plugins } from "../plugins/open.ts";
import { describe } from "../report.ts";

/** How long messages in hand may take once SIGTERM came. */
const DRAIN_MS = 10_000;

/** Run `listen`: what arrives, until enough has come or it is told to stop. */
export async function runListen(
  command: ListenCommand,
  context: CommandContext,
): Promise<ExitCode> {
  await using plugins = await startPlugins(command, context);
  const inner = deliverer(command, context);
  // SIGHUP is for plugins; without any it is no reason to end.
  context.onReload(() => {});
  using listening = new Listening({
    clock: context.clock,
    signal: context.signal,
    deliverer: plugins ? plugins.through(inner) : inner,
    count: command.first ? 1 : command.count,
    jobs: command.jobs ?? 1,
    timeout: command.timeout,
    idle: command.idle,
    drain: DRAIN_MS,
  });
  try {
    if (command.replay === undefined) {
      await listenOn(listening, command, context, plugins);
    } else {
      const { replayMessages } = await import("../deliver/replay.ts");
      await listening.take(
        replayMessages(command.replay, listening.signal),
        undefined,
      );
      await plugins?.close();
      listening.end("closed");
    }
  } catch (error) {
    if (!listening.ended || error !== listening.signal.reason) {
      await tellEnd(listening, context, isLost(error) ? "lost" : "failed");
      throw error;
    }
  }
  await tellEnd(listening, context, listening.ended!.kind);
  return outcome(listening.ended!, listening, command);
}

interface ListenPlugins extends Plugins {
  through(inner: Deliverer): Deliverer;
}

/** Whoever has no plugins pays nothing for them. */
async function startPlugins(
  command: ListenCommand,
  context: CommandContext,
): Promise<ListenPlugins | undefined> {
  const { checkPlugins, hasPlugins } = await import("../plugins/given.ts");
  if (!hasPlugins(command, context.settings, "listen")) {
    checkPlugins(command);
    return undefined;
  }
  const { openPlugins } = await import("../plugins/open.ts");
  const { throughPlugins } = await import("../plugins/deliver.ts");
  const plugins = await openPlugins(command, "listen", context);
  return { ...plugins, through: (inner) => throughPlugins(plugins, inner) };
}

async function listenOn(
  listening: Listening,
  command: ListenCommand,
  context: CommandContext,
  plugins: ListenPlugins | undefined,
): Promise<void> {
  const { output, clock } = context;
  const { signal } = listening;
  const open = (signal: AbortSignal) => context.connect(command, signal);
  await using mailbox = command.reconnect
    ? await openReconnecting({ open, signal, clock })
    : await open(signal);
  await output.say(
    `listening as ${output.address(formatRecipient(mailbox.address))}`,
  );
  plugins?.use(mailbox);
  await takeFrom(mailbox, listening, context, plugins);
  if (listening.ended) return;
  // Closed without a reason is closed by the other side.
  await mailbox.closed;
  throw new ConnectionError("Cannot go on listening: the client closed", {
    exitCode: EXIT.lost,
  });
}

async function takeFrom(
  mailbox: Mailbox,
  listening: Listening,
  context: CommandContext,
  plugins: ListenPlugins | undefined,
): Promise<void> {
  const done = new AbortController();
  const states = tellStates(mailbox, done.signal, context);
  try {
    await listening.take(
      mailbox.messages({ signal: listening.signal }),
      mailbox,
    );
    // What plugins have sent leaves through the mailbox.
    await plugins?.close();
    await mailbox.close({ drain: listening.ended ? DRAIN_MS : 0 });
  } finally {
    done.abort();
    await states;
  }
}

async function tellStates(
  mailbox: Mailbox,
  signal: AbortSignal,
  context: CommandContext,
): Promise<void> {
  try {
    for await (const state of mailbox.states({ signal })) {
      const reason = state.kind === "connected" ? "" : state.reason;
      if (state.kind !== "closed") await tellState(context, state.kind, reason);
    }
  } catch (error) {
    if (!signal.aborted) await context.output.detail(describe(error).message);
  }
}

async function tellState(
  { output }: CommandContext,
  state: "connected" | "reconnecting",
  reason: string,
): Promise<void> {
  if (output.json) await output.record("state", { state, reason });
  await output.say(reason ? `${state}: ${reason}` : state);
}

async function tellEnd(
  listening: Listening,
  { output }: CommandContext,
  reason: string,
): Promise<void> {
  if (!output.json || reason === "failed") return;
  await output.record("end", { reason, count: listening.received });
}

function outcome(
  ended: StopReason,
  listening: Listening,
  command: ListenCommand,
): ExitCode {
  switch (ended.kind) {
    case "count":
    case "idle":
    case "closed":
      return EXIT.ok;
    case "timeout": {
      const wanted = command.first ? 1 : command.count;
      if (listening.received >= (wanted ?? 1)) return EXIT.ok;
      throw new TimeLimit(
        wanted === undefined || wanted === 1
          ? "Cannot wait longer for a message"
          : `Cannot wait longer: need ${wanted} messages, have ${listening.received}`,
        formatDuration(command.timeout!),
      );
    }
    case "signal":
      if (ended.reason.signal === "SIGTERM") return EXIT.ok;
      throw ended.reason;
    default:
      return ended satisfies never;
  }
}

function isLost(error: unknown): boolean {
  return describe(error).code === EXIT.lost;
}
