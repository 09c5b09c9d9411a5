import { patience } from "../../async/patience.ts";
import type { MessageHub } from "../../daemon/hub.ts";
import { SharedMailbox } from "../../daemon/shared_mailbox.ts";
import type { InboxMailbox, IncomingMessage } from "../../mailbox/mailbox.ts";
import type { CommandContext } from "../context.ts";
import { openPlugins, type Plugins, type WithPlugins } from "./open.ts";

/** Plugins that take part in what a running client receives. */
export interface RunningPlugins extends AsyncDisposable {
  /** Rejects when a plugin fails whose policy is `fail`, or the client does. */
  readonly failed: Promise<never>;
  /** End them when they are done with the message in hand and what they have sent has left, after `drain` milliseconds at the latest. */
  close(drain: number): Promise<void>;
}

/** The client that plugins take part in. */
export interface PluginClient {
  readonly mailbox: InboxMailbox;
  readonly hub: MessageHub;
}

/** What takes no part. */
const NONE: RunningPlugins = {
  failed: new Promise<never>(() => {}),
  close: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/**
 * Start plugins beside the consumers of a client: they see, answer and send; what they drop or replace concerns nobody else. They see
 * each message once and leave it where it is, unless they are told to take it.
 *
 * If the command is told to end while they start, there are none: the client comes to its own end.
 *
 * @throws {NymError} If one of them cannot be used, with what to do.
 */
export async function runPlugins(
  { mailbox, hub }: PluginClient,
  command: WithPlugins,
  context: CommandContext,
): Promise<RunningPlugins> {
  const opened = await openUnlessTold(command, context);
  if (!opened) return NONE;
  const plugins: Plugins = opened;
  const awaited = true;
  const view = new SharedMailbox({ mailbox, hub, awaited });
  plugins.use(view);
  /** No further message. */
  const stop = new AbortController();
  /** Not even the one in hand. */
  const giveUp = new AbortController();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {}); // Whoever waits for the end of the client hears of it.
  const seeing = see().catch((error) => {
    if (!stop.signal.aborted) reject(error);
  });
  let closing: Promise<void> | undefined;
  const close = (drain: number) => closing ??= end(drain);
  return { failed, close, [Symbol.asyncDispose]: () => close(0) };

  function arriving(signal: AbortSignal): AsyncIterable<IncomingMessage> {
    return command.pluginTakes
      ? view.messages({ signal })
      : mailbox.onlook({ signal });
  }

  async function see(): Promise<void> {
    const { signal } = giveUp;
    for await (const message of arriving(stop.signal)) {
      for (const part of await plugins.chain.incoming(message, signal)) {
        await plugins.chain.observe(part, signal);
        await part.taken();
      }
    }
  }

  async function end(drain: number): Promise<void> {
    const { clock } = context;
    const deadline = clock.now() + drain;
    stop.abort();
    using late = patience(clock, drain);
    late.signal.addEventListener("abort", () => giveUp.abort());
    await seeing;
    await plugins.close(Math.max(0, deadline - clock.now()));
    await view.close();
  }
}

async function openUnlessTold(
  command: WithPlugins,
  context: CommandContext,
): Promise<Plugins | undefined> {
  const { signal } = context;
  try {
    return await openPlugins(command, "run", context);
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}
