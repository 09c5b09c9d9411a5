import type { DaemonServer } from "../../daemon/daemon_server.ts";
import { serveStock } from "../../daemon/stock_server.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import type { DebugConfig } from "../../home/debug.ts";
import { withFastMode, withoutCover } from "../../home/debug_presets.ts";
import { homeBase, type HomePaths, homePaths } from "../../home/paths.ts";
import { exists } from "../../home/private_file.ts";
import { formatRecipient } from "../../message/recipient.ts";
import type { CommandContext } from "../context.ts";
import { clientCounted, tellCounted } from "../counted.ts";
import { coverCost } from "../cover_cost.ts";
import type { RunCommand } from "../definitions/run.ts";
import { needHome } from "../homes.ts";
import { Interruption } from "../interruption.ts";
import { warnOfLegacy } from "../legacy.ts";
import { startLocalNetwork } from "../local_network.ts";
import { type HeldHome, holdHome, sayServerEvent } from "../held_home.ts";
import type { HomeClient } from "../../client/home_client.ts";
import type { RunningPlugins } from "../plugins/run.ts";
import { describe } from "../report.ts";
import { serviceManager } from "../service_manager.ts";
import { makeClient } from "./init.ts";

/** How long what was begun may take once the client is told to end. */
const DRAIN_MS = 10_000;

/** Run `run`: the client, its traffic and its websocket, until it is told to end. */
export async function runRun(
  command: RunCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const { output, signal, env, clock } = context;
  await warnOfLegacy(command.legacy, context);
  await using manager = await serviceManager({
    env,
    clock,
    pid: Deno.pid,
    onFailure: (reason) => void output.detail(describe(reason).message),
  });
  await using _network = command.local
    ? await startLocalNetwork(homeBase(env), {}, context)
    : undefined;
  const paths = await findOrMakeHome(command, context);
  const change = (debug: DebugConfig) => changed(debug, command);
  await using held = await holdHome(paths, context, { signal, change });
  const { home } = held;
  await using plugins = await servePlugins(held, command, context);
  const told = untilTold(home, context, plugins?.failed);
  told.catch(() => {}); // awaited below, once there is something to end
  await using server = await serve(held, command, context);
  const url = server?.url ?? null;
  await held.announce(url);
  const listening = `listening on ${url ?? "no websocket"}`;
  if (output.json) await output.record("ready", { url });
  else await output.print(listening);
  await output.say(coverCost(change(home.config.debug)));
  const address = output.address(formatRecipient(home.client.address));
  await output.detail(`the address of this client is ${address}`);
  await manager.ready(listening);
  await told;
  await manager.stopping();
  await plugins?.close();
  await server?.close({ drain: DRAIN_MS });
  await held.close({ drain: DRAIN_MS });
  await tellCounted(clientCounted(home.client.counters), output);
  return endOf(signal);
}

/** Whoever has no plugins pays nothing for them. */
async function servePlugins(
  held: HeldHome,
  command: RunCommand,
  context: CommandContext,
): Promise<RunningPlugins | undefined> {
  const { checkPlugins, hasPlugins } = await import("../plugins/given.ts");
  if (hasPlugins(command, context.settings, "run")) {
    const { runPlugins } = await import("../plugins/run.ts");
    return await runPlugins(held, command, context);
  }
  checkPlugins(command);
  return undefined;
}

async function findOrMakeHome(
  command: RunCommand,
  context: CommandContext,
): Promise<HomePaths> {
  const { id, init, local } = command;
  const base = homeBase(context.env);
  if (init && id !== undefined) {
    const paths = homePaths(base, id);
    if (!await exists(paths.config)) {
      const network = local ? "local" : command.network;
      const { port, host, cover, fastmode } = command;
      await makeClient(
        id,
        // A port of 0 is any free one each time, which a home cannot say.
        { network, host, cover, fastmode, port: port || undefined },
        context,
      );
    }
  }
  return await needHome(id, context.env);
}

function changed(
  debug: DebugConfig,
  { fastmode, cover }: RunCommand,
): DebugConfig {
  const faster = fastmode ? withFastMode(debug) : debug;
  return cover ? faster : withoutCover(faster);
}

async function serve(
  { home: { client, config: { socket } }, hub }: HeldHome,
  command: RunCommand,
  { output, clock }: CommandContext,
): Promise<DaemonServer | undefined> {
  if (command.disableSocket || !socket.enabled) return undefined;
  const host = command.host ?? socket.host;
  const port = command.port ?? socket.port;
  return await serveStock({
    mailbox: client,
    hub,
    address: { kind: "tcp", host, port },
    clock,
    onEvent: (event) => void output.detail(sayServerEvent(event)),
  });
}

/** Resolves when the process is told to end; rejects when the client ends by itself, or nobody reads what it tells. */
async function untilTold(
  { client }: HomeClient,
  { signal, output }: CommandContext,
  failed: Promise<never> = new Promise(() => {}),
): Promise<void> {
  const told = Promise.withResolvers<void>();
  const onAbort = () => told.resolve();
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  tellStates(client, signal, output).catch(told.reject);
  try {
    await Promise.race([told.promise, client.closed, failed]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function tellStates(
  client: HomeClient["client"],
  signal: AbortSignal,
  output: CommandContext["output"],
): Promise<void> {
  for await (const state of client.states()) {
    // How it ends is told by the end itself.
    if (signal.aborted || state.kind === "closed") continue;
    const reason = state.kind === "connected" ? "" : state.reason;
    if (output.json) {
      await output.record("state", { state: state.kind, reason });
    }
    await output.say(reason ? `${state.kind}: ${reason}` : state.kind);
  }
}

function endOf(signal: AbortSignal): ExitCode {
  const { reason } = signal;
  return reason instanceof Interruption && reason.signal === "SIGINT"
    ? EXIT.interrupted
    : EXIT.ok;
}
