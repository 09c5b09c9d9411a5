import type { DaemonServer } from "../../daemon/daemon_server.ts";
import type { ExitCode } from "../../errors.ts";
import { formatRecipient } from "../../message/recipient.ts";
import type { CommandContext } from "../context.ts";
import type { RunCommand } from "../definitions/run.ts";
import type { OwnChannel } from "../own_channel.ts";
import { hasPlugins } from "../plugins/given.ts";
import type { PluginClient, RunningPlugins } from "../plugins/run.ts";
import { servePrograms } from "../serve_programs.ts";
import type { ServiceManager } from "../service_manager.ts";
import { untilTold } from "../until_told.ts";

/** How long what was begun may take once it is told to end, all of it together. */
const DRAIN_MS = 10_000;

/** A client that this process has, and how others learn of it. */
export interface ServedClient extends PluginClient {
  /** Where its websocket listens; nothing if it has none. */
  readonly socket: { readonly host: string; readonly port: number } | undefined;
  /** What people should know once it is there. */
  readonly remark: string;
  /** Tell other processes where the client can be reached: over our own channel, and at `url` if it has a websocket. */
  announce(url: string | null): Promise<void>;
  /** Take that back. */
  retract(): Promise<void>;
  /** Where our own commands join. */
  readonly channel: Pick<OwnChannel, "close">;
  /** Let go; what waits to leave is given `drain` milliseconds. */
  close(options: { drain: number }): Promise<void>;
}

/** Serve programs and plugins until the process is told to end; then finish what was begun. */
export async function serveUntilTold(
  client: ServedClient,
  command: RunCommand,
  context: CommandContext,
  manager: ServiceManager,
): Promise<ExitCode> {
  const { output, clock, signal } = context;
  const { mailbox, hub, socket, remark } = client;
  await using plugins = await servePlugins(client, command, context);
  const told = untilTold(mailbox, context, {
    failed: plugins?.failed,
    onState: (status) => void manager.status(status),
  });
  told.catch(() => {}); // awaited below, once there is something to end
  await using server: DaemonServer | undefined = socket &&
    await servePrograms({ mailbox, hub, ...socket }, command, context);
  const url = server?.url ?? null;
  signal.throwIfAborted();
  await client.announce(url);
  const listening = `listening on ${url ?? "no websocket"}`;
  if (output.json) await output.record("ready", { url });
  else await output.print(listening);
  await output.say(remark);
  const address = output.address(formatRecipient(mailbox.address));
  await output.detail(`the address of this client is ${address}`);
  await manager.ready(listening);
  const code = await told;
  await manager.stopping();
  await client.retract();
  const deadline = clock.now() + DRAIN_MS;
  // Nobody is let in any more, while everybody there finishes what was begun.
  await Promise.all([
    plugins?.close(DRAIN_MS),
    server?.close({ drain: DRAIN_MS }),
    client.channel.close(DRAIN_MS),
  ]);
  await client.close({ drain: Math.max(0, deadline - clock.now()) });
  return code;
}

/** Whoever has no plugins pays nothing for them. */
async function servePlugins(
  client: PluginClient,
  command: RunCommand,
  context: CommandContext,
): Promise<RunningPlugins | undefined> {
  if (!hasPlugins(command, context.settings, "run")) return undefined;
  const { runPlugins } = await import("../plugins/run.ts");
  // Over somebody else's client that is no home of ours, what plugins keep lies beside the homes.
  const { id, upstream } = command;
  const url = id === undefined ? upstream : undefined;
  return await runPlugins(client, { ...command, url }, context);
}
