import { systemRandom } from "../../crypto/random.ts";
import type { Mailbox } from "../../mailbox/mailbox.ts";
import { openReconnecting } from "../../mailbox/reconnecting.ts";
import { StreamHub } from "../../stream/hub.ts";
import type { CommandContext } from "../context.ts";
import type { PipeCommand } from "../definitions/pipe.ts";
import { TimeLimit } from "../interruption.ts";
import { formatDuration } from "../parse/duration.ts";
import { describe } from "../report.ts";
import { TimeLimiter } from "../time_limit.ts";
import { Waiting } from "../waiting.ts";

/** A client with streams over it, for one run of `pipe`. */
export interface PipeSession extends AsyncDisposable {
  readonly mailbox: Mailbox;
  readonly hub: StreamHub;
  /** Aborts when the command is told to end or its time is over. */
  readonly signal: AbortSignal;
}

/**
 * Open the client that the command names. It is opened again when it goes away, so that streams outlast a client that is started
 * anew.
 */
export async function openSession(
  command: PipeCommand,
  context: CommandContext,
): Promise<PipeSession> {
  const { clock } = context;
  await using stack = new AsyncDisposableStack();
  const waiting = stack.use(new Waiting());
  const limiter = stack.use(
    new TimeLimiter(clock, command.timeout, {
      reason: () =>
        new TimeLimit(
          "Cannot finish the pipe",
          formatDuration(command.timeout!),
          { waitedFor: waiting.for() },
        ),
    }),
  );
  const signal = AbortSignal.any([context.signal, limiter.signal]);
  const choice = { ...command, onWait: waiting.note };
  const open = (signal: AbortSignal) => context.connect(choice, signal);
  const mailbox = stack.use(await openReconnecting({ open, signal, clock }));
  waiting.watch(mailbox);
  stack.use(watchStates(mailbox, context));
  const hub = stack.use(
    new StreamHub({ mailbox, clock, random: systemRandom }),
  );
  const resources = stack.move();
  return {
    mailbox,
    hub,
    signal,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Tell when the client is lost and when it is back. */
function watchStates(
  mailbox: Mailbox,
  { output }: CommandContext,
): AsyncDisposable {
  const stop = new AbortController();
  async function watch(): Promise<void> {
    try {
      for await (const state of mailbox.states({ signal: stop.signal })) {
        if (state.kind === "closed") continue;
        const reason = state.kind === "connected" ? "" : state.reason;
        if (output.json) {
          await output.record("state", { state: state.kind, reason });
        }
        await output.detail(reason ? `${state.kind}: ${reason}` : state.kind);
      }
    } catch (error) {
      if (!stop.signal.aborted) await output.detail(describe(error).message);
    }
  }
  const watching = watch();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watching;
    },
  };
}
