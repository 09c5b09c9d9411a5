import { SharedMailbox } from "../../daemon/shared_mailbox.ts";
import type { CommandContext } from "../context.ts";
import type { HeldHome } from "../held_home.ts";
import { openPlugins, type WithPlugins } from "./open.ts";

/** Plugins that take part in what a running client receives. */
export interface RunningPlugins extends AsyncDisposable {
  /** Rejects when a plugin fails whose policy is `fail`, or the client does. */
  readonly failed: Promise<never>;
  /** End them; what they have sent may take a while to leave. */
  close(): Promise<void>;
}

/**
 * Start plugins as one more consumer of a client: they see, answer and send; what they drop or replace concerns nobody else.
 *
 * @throws {NymError} If one of them cannot be used, with what to do.
 */
export async function runPlugins(
  { home, hub }: HeldHome,
  command: WithPlugins,
  context: CommandContext,
): Promise<RunningPlugins> {
  const plugins = await openPlugins(command, "run", context);
  const view = new SharedMailbox({ mailbox: home.client, hub });
  plugins.use(view);
  const stop = new AbortController();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {}); // Whoever waits for the end of the client hears of it.
  const taking = take().catch((error) => {
    if (!stop.signal.aborted) reject(error);
  });
  let closing: Promise<void> | undefined;
  const close = () => closing ??= end();
  return { failed, close, [Symbol.asyncDispose]: close };

  async function take(): Promise<void> {
    const { signal } = stop;
    for await (const message of view.messages({ signal })) {
      for (const part of await plugins.chain.incoming(message, signal)) {
        await plugins.chain.observe(part, signal);
        await part.taken();
      }
    }
  }

  async function end(): Promise<void> {
    stop.abort();
    await taking;
    await plugins.close();
    await view.close();
  }
}
