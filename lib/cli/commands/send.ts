import { sleep } from "../../async/clock.ts";
import { EXIT, type ExitCode, UsageError } from "../../errors.ts";
import { type Mailbox, type Stage, STAGES } from "../../mailbox/mailbox.ts";
import { openReconnecting } from "../../mailbox/reconnecting.ts";
import { readBodies } from "../body/read.ts";
import { Input } from "../body/input.ts";
import type { BodyRecord } from "../body/record.ts";
import type { CommandContext } from "../context.ts";
import type { SendCommand } from "../definitions/send.ts";
import { Dispatcher } from "../dispatcher.ts";
import { TimeLimit } from "../interruption.ts";
import { formatDuration } from "../parse/duration.ts";
import { readRecipients, targetOf, type Wanted } from "../recipients.ts";
import { plural } from "../plural.ts";
import type { PluginChain } from "../../plugin/chain.ts";
import { hasPlugins } from "../plugins/given.ts";
import { observed, transformed } from "../plugins/outgoing.ts";
import { startPlugins } from "../plugins/start.ts";
import { recipientsOf, surbsOf } from "../record_target.ts";
import { SendProgress } from "../send_progress.ts";
import { TimeLimiter } from "../time_limit.ts";
import { notSent } from "../unfinished.ts";
import { Waiting } from "../waiting.ts";

/** Without `--timeout`, sending may go on for as long as something moves within this time. */
const PATIENCE_MS = 60_000;

/** Run `send`: every message to every recipient, until each has reached the stage that was asked for. */
export async function runSend(
  command: SendCommand,
  context: CommandContext,
): Promise<ExitCode> {
  try {
    // What is wrong with the options is known before anything is read.
    hasPlugins(command, context.settings, "send");
    const recipients = await readRecipients(command);
    if (recipients.length === 0 && command.split !== "ndjson") {
      throw new UsageError("Cannot send: need a recipient, have none", {
        hint: "Add --to <address>, --to self, --to-file or --reply-to",
      });
    }
    const bodies = readBodies(command, context);
    // What is wrong with the first message is known before a client is troubled with it.
    const first = await bodies.next();
    if (first.done) return EXIT.ok;
    const messages = chain(first.value, bodies);
    if (command.dryRun) {
      const { planSend } = await import("./send_plan.ts");
      await planSend(command, context, recipients, messages);
    } else {
      await sendAll(command, context, recipients, messages);
    }
    return EXIT.ok;
  } catch (error) {
    throw notSent(error);
  }
}

async function sendAll(
  command: SendCommand,
  context: CommandContext,
  recipients: readonly Wanted[],
  messages: AsyncIterable<BodyRecord>,
): Promise<void> {
  const { clock, output, random } = context;
  await warnOfFewSurbs(command, context);
  if (command.jitter !== undefined) {
    await sleep(clock, random() * command.jitter, context.signal);
  }
  const limit = command.timeout ?? PATIENCE_MS;
  let dispatcher: Dispatcher | undefined;
  await using waiting = new Waiting();
  using limiter = new TimeLimiter(clock, limit, {
    reason: () => {
      const waitedFor = waiting.for(() => dispatcher?.waitedFor);
      return new TimeLimit("Cannot send", formatDuration(limit), { waitedFor });
    },
    progress: command.timeout === undefined
      ? () => dispatcher?.progress() ?? 0
      : undefined,
  });
  const signal = AbortSignal.any([context.signal, limiter.signal]);
  await using plugins = await startPlugins(command, "send", context);
  const choice = { ...command, receives: false, onWait: waiting.note };
  // A client of another command ends with it: then this one goes on by itself.
  const mailbox = await openReconnecting({
    open: (signal) => context.connect(choice, signal),
    persistent: false,
    signal,
    clock,
  });
  waiting.watch(mailbox);
  plugins?.use(mailbox);
  try {
    const stage = stageFor(command.wait, mailbox);
    const through = dispatcher = new Dispatcher({
      mailbox,
      output,
      stage,
      signal,
    });
    await using _line = new SendProgress(() => through.share(), context);
    try {
      const input = new Input(messages, signal);
      for await (const record of input) {
        await sendRecord(record, recipients, command, {
          mailbox,
          dispatcher,
          chain: plugins?.chain,
          signal,
        });
      }
      await dispatcher.finish(input.broken);
      await plugins?.close();
    } catch (error) {
      throw await dispatcher.abandon(error);
    }
    // What has not left yet lives in this process alone, if the home was opened here.
    await mailbox.close({ drain: stage === "queued" ? limit : 0 });
  } finally {
    await mailbox.close();
  }
}

/** What messages go through on their way out. */
interface SendThrough {
  readonly mailbox: Mailbox;
  readonly dispatcher: Dispatcher;
  readonly chain: PluginChain | undefined;
  readonly signal: AbortSignal;
}

async function sendRecord(
  record: BodyRecord,
  recipients: readonly Wanted[],
  command: SendCommand,
  { mailbox, dispatcher, chain, signal }: SendThrough,
): Promise<void> {
  const { body, to, replyTo } = record;
  let wanted: readonly Wanted[];
  try {
    wanted = recipientsOf(record, recipients);
  } catch (error) {
    const name = replyTo === undefined ? { to: to ?? "" } : { replyTo };
    return await dispatcher.reject(error, name, { body, surbs: 0 });
  }
  for (const one of wanted) {
    const surbs = await surbsOf(one, record, command);
    const target = targetOf(one, mailbox);
    for (const made of await transformed(chain, { target, body }, signal)) {
      await dispatcher.send({ target, body: made, surbs });
      await observed(chain, { target, body: made }, signal);
    }
  }
}

function stageFor(wait: SendCommand["wait"], mailbox: Mailbox): Stage {
  if (wait === undefined) return mailbox.strongestStage;
  const stage = wait === "none" ? "queued" : wait;
  if (STAGES.indexOf(stage) <= STAGES.indexOf(mailbox.strongestStage)) {
    return stage;
  }
  throw new UsageError(
    `Cannot wait for ${stage}: this client tells no more than ${mailbox.strongestStage}`,
    {
      exitCode: EXIT.refused,
      hint:
        `Use --wait ${mailbox.strongestStage}; a client that nymwire runs tells more if it is named by --id`,
    },
  );
}

async function warnOfFewSurbs(
  { surbs }: SendCommand,
  { output }: CommandContext,
): Promise<void> {
  const { KEPT_BACK } = await import("../surb_count.ts");
  if (typeof surbs !== "number" || surbs < 1 || surbs > KEPT_BACK) return;
  await output.warn(
    `with ${
      plural(surbs, "reply block")
    } official receivers cannot answer: they keep ${KEPT_BACK} back; use --surbs auto`,
  );
}

async function* chain<T>(
  first: T,
  rest: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  yield first;
  yield* rest;
}
