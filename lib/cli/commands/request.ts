import { sleep } from "../../async/clock.ts";
import { systemRandom } from "../../crypto/random.ts";
import { EXIT, type ExitCode, PluginError, UsageError } from "../../errors.ts";
import type { IncomingMessage, Sending } from "../../mailbox/mailbox.ts";
import { newSenderTag } from "../../message/sender_tag.ts";
import { openReconnecting } from "../../mailbox/reconnecting.ts";
import { readBodies } from "../body/read.ts";
import type { CommandContext } from "../context.ts";
import type { RequestCommand } from "../definitions/request.ts";
import { type Deliverer, deliverer } from "../deliver/deliver.ts";
import { TimeLimit } from "../interruption.ts";
import { formatDuration } from "../parse/duration.ts";
import { hasPlugins } from "../plugins/given.ts";
import { observed, transformed } from "../plugins/outgoing.ts";
import type { Plugins } from "../plugins/open.ts";
import { startPlugins } from "../plugins/start.ts";
import { isAnswer, Question } from "../question.ts";
import { readRecipients, targetOf } from "../recipients.ts";
import { nameOf, tellSent } from "../sent.ts";
import { DEFAULT_REPLY_SIZE, surbsFor } from "../surb_count.ts";
import { tellEnd } from "../tell_end.ts";
import { takeBack } from "../take_back.ts";
import { TimeLimiter } from "../time_limit.ts";
import { notSent, unfinished } from "../unfinished.ts";
import { Waiting } from "../waiting.ts";

/** Without `--timeout`, asking may go on for as long as something moves within this time. */
const PATIENCE_MS = 60_000;

/** Run `request`: ask anonymously, print what comes back. */
export async function runRequest(
  command: RequestCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const asked: { question?: Question } = {};
  try {
    hasPlugins(command, context.settings, "request");
    const [wanted, ...others] = await readRecipients(command);
    if (wanted === undefined || others.length > 0) {
      throw new UsageError(
        `Cannot ask: need one recipient, have ${
          others.length > 0 ? "several" : "none"
        }`,
        { hint: "Name one with --to <address> or --to-file" },
      );
    }
    const body = await readQuestion(command, context);
    await deliverer(command, context).begin?.();
    const limit = command.timeout ?? PATIENCE_MS;
    await using waiting = new Waiting();
    using limiter = new TimeLimiter(context.clock, limit, {
      reason: () => {
        const { question } = asked;
        const waitedFor = waiting.for(() => question?.waitedFor);
        return new TimeLimit(
          missing(command, question),
          formatDuration(limit),
          { waitedFor },
        );
      },
      progress: command.timeout === undefined
        ? () => asked.question?.progress ?? 0
        : undefined,
    });
    const signal = AbortSignal.any([context.signal, limiter.signal]);
    await using plugins = await startPlugins(command, "request", context);
    const choice = { ...command, onWait: waiting.note };
    // A client of another command ends with it: then this one goes on by itself.
    await using mailbox = await openReconnecting({
      open: (signal) => context.connect(choice, signal),
      persistent: false,
      signal,
      clock: context.clock,
    });
    waiting.watch(mailbox);
    plugins?.use(mailbox);
    const target = targetOf(wanted, mailbox);
    const { replySize = DEFAULT_REPLY_SIZE, replies, retry = 0 } = command;
    const surbs = surbsFor(replySize, replies);
    const bodies = await transformed(plugins?.chain, { target, body }, signal);
    if (bodies.length === 0) throw nothingToAsk();
    // A tag of its own, so that its answers are not taken for those to another question.
    const senderTag = newSenderTag(systemRandom);
    const messages = bodies.map((body) => ({ target, body, surbs, senderTag }));
    using _turn = await context.questionTurn(choice, mailbox.address, signal);
    waiting.hear({ kind: "connected" });
    const askedAt = context.clock.wall();
    const question = asked.question = new Question(
      mailbox,
      messages,
      { askedAt, senderTag },
      signal,
    );
    await answer(question, command, context, plugins, limit / (retry + 1));
    await plugins?.close();
    await mailbox.close();
  } catch (cause) {
    const error = notSent(cause);
    const count = asked.question?.answers ?? 0;
    return await tellEnd({ reason: "failed", count, error }, context.output);
  }
  const count = asked.question!.answers;
  return await tellEnd({ reason: "count", count }, context.output);
}

/** What there is not, and how much of it there is. */
function missing(
  { replies = 1 }: Pick<RequestCommand, "replies">,
  question: Pick<Question, "answers"> | undefined,
): string {
  if (replies === 1) return "Cannot get an answer";
  return `Cannot get ${replies} answers, ${question?.answers || "none"} came`;
}

async function readQuestion(
  command: RequestCommand,
  context: CommandContext,
): Promise<IncomingMessage["body"]> {
  for await (const { body } of readBodies(command, context)) return body;
  // One empty source is one empty message, which is refused before: something is always read.
  throw new RangeError("no message was read");
}

function nothingToAsk(): PluginError {
  return new PluginError("Cannot ask: a plugin dropped the question", {
    exitCode: EXIT.refused,
    hint: "Use -v to see why, or leave the plugin out",
  });
}

async function answer(
  question: Question,
  command: RequestCommand,
  context: CommandContext,
  plugins: Plugins | undefined,
  interval: number,
): Promise<void> {
  const done = new AbortController();
  const signal = AbortSignal.any([question.signal, done.signal]);
  let failure: { readonly error: unknown } | undefined;
  const asking = ask(question, command, context, plugins, interval, signal)
    .catch((error) => {
      if (done.signal.aborted) return;
      failure = { error };
      done.abort(error);
    });
  try {
    await takeAnswers(
      question,
      command.replies ?? 1,
      deliverer(command, context),
      plugins,
      signal,
    );
  } catch (error) {
    const fault = failure?.error ?? error;
    const kept = await Promise.all(question.sendings.map(takeBack));
    throw unfinished(fault, kept.some((untouched) => !untouched));
  } finally {
    done.abort();
    await asking;
  }
}

/** Send the question, and again when no answer has come for a while. */
async function ask(
  question: Question,
  { retry = 0 }: RequestCommand,
  { clock, output }: CommandContext,
  plugins: Plugins | undefined,
  interval: number,
  signal: AbortSignal,
): Promise<void> {
  // A question that cannot get there need not be waited for.
  const stage = question.mailbox.strongestStage;
  for (let attempt = 0; attempt <= retry; attempt++) {
    const sent: Sending[] = [];
    for await (const { message, sending } of question.send(signal)) {
      sent.push(sending);
      if (attempt > 0) continue;
      const { target, body, surbs = 0 } = message;
      const name = nameOf(target);
      const size = body.length;
      await tellSent({ name, size, surbs, sending, stage: "queued" }, output);
      await observed(plugins?.chain, message, signal);
    }
    const all = sent.map((sending) => sending.reached(stage, signal));
    const there = Promise.all(all).then(() => question.isThere = true);
    await Promise.all([there, sleep(clock, interval, signal)]);
  }
}

async function takeAnswers(
  question: Question,
  replies: number,
  inner: Deliverer,
  plugins: Plugins | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { mailbox } = question;
  let isShown = false;
  const shown: Deliverer = {
    async deliver(...message) {
      isShown = true;
      await inner.deliver(...message);
    },
  };
  const deliverer = plugins?.through(shown) ?? shown;
  for await (const message of mailbox.messages({ signal })) {
    if (!isAnswer(message, question.mark)) {
      // Other mail stays where it is, for whoever listens next.
      message.pass?.();
      continue;
    }
    isShown = false;
    await deliverer.deliver(message, mailbox, signal);
    // One that plugins dropped is none.
    if (isShown && ++question.answers >= replies) return;
  }
  signal.throwIfAborted();
  await mailbox.closed;
  throw new UsageError(`${missing({ replies }, question)}: the client closed`, {
    exitCode: EXIT.lost,
  });
}
