import { patience } from "../../async/patience.ts";
import type { IncomingMessage, Mailbox } from "../../mailbox/mailbox.ts";
import { homeBase, join } from "../../home/paths.ts";
import type { PluginCommand } from "../../home/settings.ts";
import { parseSenderTag } from "../../message/sender_tag.ts";
import type { PluginChain } from "../../plugin/chain.ts";
import type { ChainMessage } from "../../plugin/chain_message.ts";
import type { HostOptions } from "../../plugin/host.ts";
import { type PluginMailbox, pluginMailbox } from "../../plugin/mailbox.ts";
import { openPluginChain } from "../../plugin/open_chain.ts";
import type { ClientChoice } from "../choice.ts";
import type { CommandContext } from "../context.ts";
import { putAside } from "../deliver/dead_letter.ts";
import type { Deliverer } from "../deliver/deliver.ts";
import { homeOf } from "../homes.ts";
import { throughPlugins } from "./deliver.ts";
import type { PluginOptions } from "./given.ts";
import { pluginSpecs } from "./specs.ts";

/** What plugins may take to send what they have begun, once a command ends. */
const DRAIN_MS = 10_000;

/** The plugins of a command, with the client of the moment. */
export interface Plugins extends AsyncDisposable {
  readonly chain: PluginChain;
  /** What plugins send goes through this from now on. */
  use(mailbox: Mailbox): void;
  /** Let messages go through the chain before `inner` deals with what became of them. */
  through(inner: Deliverer): Deliverer;
  /** End them; what they have sent is given `drain` milliseconds to leave. @default 10_000 */
  close(drain?: number): Promise<void>;
}

/** Options of {@linkcode openPlugins}. */
export interface OpenPluginsOptions {
  /** What plugins send goes here instead of through a client, and nothing that they store lasts. */
  rehearsal?(): Promise<PluginMailbox>;
}

/** A command with plugins. */
export type WithPlugins = PluginOptions & ClientChoice;

/**
 * Start the plugins of a command.
 *
 * @throws {NymError} If one of them cannot be used, with what to do.
 * @throws The reason of the context's signal, if they are still being started when it fires.
 */
export async function openPlugins(
  command: WithPlugins,
  name: PluginCommand,
  context: CommandContext,
  options: OpenPluginsOptions = {},
): Promise<Plugins> {
  const { output, settings, clock, signal } = context;
  const rehearsal = await options.rehearsal?.();
  const specs = pluginSpecs(command, settings, name);
  for (const { name, trusted } of specs) {
    if (!trusted) continue;
    await output.alarm(
      `${name} runs without a sandbox: it can do all that you can`,
    );
  }
  let current: Mailbox | undefined;
  const stop = new AbortController();
  const chain = await openPluginChain(specs, {
    ...hostOptions(context),
    storeFolder: await storeFolder(command, context),
    keepStore: rehearsal === undefined,
    mailbox: () => rehearsal ?? (current && pluginMailbox(current)),
    onError: command.onError,
    signal,
    async deadLetter(message) {
      if (rehearsal) return;
      const { letter, more } = letterOf(message);
      const path = await putAside(letter, current, command, context, more);
      await output.alarm(`the message is in ${path}`);
    },
  });
  const reload = () => void chain.reload();
  const forget = context.onReload(reload);
  const watching = command.watch
    ? watch(chain, stop.signal, context)
    : Promise.resolve();
  let closing: Promise<void> | undefined;
  const close = (drain = DRAIN_MS) => closing ??= end(drain);
  const use = (mailbox: Mailbox) => current = mailbox;
  return {
    chain,
    use,
    through: (inner) => throughPlugins({ chain, use }, inner),
    close,
    [Symbol.asyncDispose]: () => close(),
  };

  async function end(drain: number): Promise<void> {
    forget();
    stop.abort();
    await watching;
    using late = patience(clock, drain);
    await chain.close(late.signal);
  }
}

/** What plugins share, whichever command they serve. */
export function hostOptions(
  { output, env, settings, clock }: CommandContext,
): HostOptions {
  return {
    mailbox: () => undefined,
    onLog({ plugin, level, text }) {
      const line = `${plugin}: ${text}`;
      if (level === "warn") void output.alarm(line);
      else if (level === "info") void output.say(line);
      else void output.detail(line);
    },
    protect: [homeBase(env)],
    readOnly: settings ? [settings.path] : [],
    env,
    clock,
  };
}

async function watch(
  chain: PluginChain,
  signal: AbortSignal,
  { clock, output }: CommandContext,
): Promise<void> {
  const { watchPlugins } = await import("../../plugin/watch.ts");
  try {
    await watchPlugins(chain, { clock, signal });
  } catch (error) {
    await output.warn(`--watch: ${(error as Error).message}`);
  }
}

/** Plugins of a home keep what they store there; those of a client elsewhere, or of none, beside the homes, of nobody nowhere. */
async function storeFolder(
  choice: WithPlugins & { readonly replay?: string },
  { env }: CommandContext,
): Promise<string | undefined> {
  if (choice.ephemeral) return undefined;
  const home = await homeOf(choice, env);
  return join(home?.own ?? join(homeBase(env), "nymwire"), "plugins");
}

/** What is put aside of a message that a plugin could not handle. */
function letterOf(
  { id, seq, body, senderTag, stored, time, to, replyTo }: ChainMessage,
): { letter: IncomingMessage; more: Record<string, string> } {
  const letter: IncomingMessage = {
    id,
    seq,
    body,
    senderTag: senderTag === undefined ? undefined : parseSenderTag(senderTag),
    receivedAt: time,
    stored,
    redelivered: false,
    taken: () => Promise.resolve(),
  };
  const more = {
    ...(to === undefined ? {} : { to }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
  return { letter, more };
}
