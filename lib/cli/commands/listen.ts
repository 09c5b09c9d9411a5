import { ConnectionError, EXIT, type ExitCode } from "../../errors.ts";
import type { Mailbox } from "../../mailbox/mailbox.ts";
import { openReconnecting } from "../../mailbox/reconnecting.ts";
import { formatRecipient } from "../../message/recipient.ts";
import type { CommandContext } from "../context.ts";
import type { ListenCommand } from "../definitions/listen.ts";
import { deliverer } from "../deliver/deliver.ts";
import { EarlyMessages } from "../early.ts";
import { exitWhenTold } from "../interruption.ts";
import { Listening } from "../listening.ts";
import type { Plugins } from "../plugins/open.ts";
import { startPlugins } from "../plugins/start.ts";
import { describe } from "../report.ts";
import { shortfall } from "../shortfall.ts";
import { tellEnd } from "../tell_end.ts";
import { Waiting } from "../waiting.ts";

/** How long messages in hand may take once SIGTERM came. */
const DRAIN_MS = 10_000;

/** Run `listen`: what arrives, until enough has come or it is told to stop. */
export async function runListen(
  command: ListenCommand,
  context: CommandContext,
): Promise<ExitCode> {
  await using plugins = await startPlugins(command, "listen", context);
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
  await using waiting = new Waiting();
  try {
    await inner.begin?.();
    if (command.replay === undefined) {
      await listenOn({ listening, waiting, plugins }, command, context);
    } else {
      const { replayMessages } = await import("../deliver/replay.ts");
      await listening.take(
        replayMessages(command.replay, listening.signal, context.stdin),
        undefined,
      );
      await plugins?.close();
      listening.end("closed");
    }
  } catch (cause) {
    if (!listening.ended || cause !== listening.signal.reason) {
      return await tellEnd({
        reason: isLost(cause) ? "lost" : "failed",
        count: listening.taken,
        kept: listening.kept,
        error: cause,
      }, context.output);
    }
  }
  const ended = listening.ended!;
  const code = await tellEnd({
    reason: ended.kind,
    count: listening.taken,
    kept: listening.kept,
    error: shortfall(ended, listening, command, {
      waitedFor: waiting.for(),
      passed: plugins?.chain.passed ?? 0,
    }),
  }, context.output);
  return code === EXIT.ok && ended.kind === "signal"
    ? exitWhenTold(ended.reason)
    : code;
}

/** What a client's messages go to, whichever client it is. */
interface Ears {
  readonly listening: Listening;
  readonly waiting: Waiting;
  readonly plugins: Plugins | undefined;
}

async function listenOn(
  ears: Ears,
  command: ListenCommand,
  context: CommandContext,
): Promise<void> {
  const { listening, waiting, plugins } = ears;
  const { output, clock } = context;
  const { signal } = listening;
  const early = new EarlyMessages(listening);
  // Plugins and answers need the client. When it is opened again, nothing waits any more.
  let take = plugins || command.answer ? undefined : early.take;
  const open = (signal: AbortSignal) => {
    const choice = { ...command, early: take, onWait: waiting.note };
    take = undefined;
    return context.connect(choice, signal);
  };
  const opening = command.reconnect
    ? openReconnecting({ open, signal, clock })
    : open(signal);
  await using mailbox = await opening.catch(async (error) => {
    await early.settled();
    throw listening.ended ? signal.reason : error;
  });
  waiting.hear({ kind: "connected" });
  await early.settled();
  await output.say(
    `listening as ${output.address(formatRecipient(mailbox.address))}`,
  );
  plugins?.use(mailbox);
  await takeFrom(mailbox, early, ears, context);
  if (listening.ended) return;
  // Closed without a reason is closed by the other side.
  await mailbox.closed;
  throw new ConnectionError("Cannot go on listening: the client closed", {
    exitCode: EXIT.lost,
  });
}

async function takeFrom(
  mailbox: Mailbox,
  early: EarlyMessages,
  { listening, waiting, plugins }: Ears,
  context: CommandContext,
): Promise<void> {
  const done = new AbortController();
  const states = tellStates(mailbox, done.signal, context, waiting);
  try {
    await listening.take(
      early.rest(mailbox.messages({ signal: listening.signal })),
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
  waiting: Waiting,
): Promise<void> {
  try {
    for await (const state of mailbox.states({ signal })) {
      waiting.hear(state);
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

function isLost(error: unknown): boolean {
  return describe(error).code === EXIT.lost;
}
