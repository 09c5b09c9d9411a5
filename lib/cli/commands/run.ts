import { policyOf } from "../../daemon/daemon_server.ts";
import { type ExitCode, UsageError } from "../../errors.ts";
import type { DebugConfig } from "../../home/debug.ts";
import { withFastMode, withoutCover } from "../../home/debug_presets.ts";
import { homeBase, type HomePaths, homePaths } from "../../home/paths.ts";
import { exists } from "../../home/private_file.ts";
import type { CommandContext } from "../context.ts";
import { clientCounted, tellCounted } from "../counted.ts";
import { coverCost } from "../cover_cost.ts";
import { readValue } from "../definitions/common.ts";
import type { RunCommand } from "../definitions/run.ts";
import { parseIpAddress } from "../parse/ip_address.ts";
import { listHomes, needHome } from "../homes.ts";
import { warnOfLegacy } from "../legacy.ts";
import { startLocalNetwork } from "../local_network.ts";
import { type HeldHome, holdHome } from "../held_home.ts";
import { exitWhenTold } from "../interruption.ts";
import { hasPlugins } from "../plugins/given.ts";
import { serviceManager } from "../service_manager.ts";
import { makeClient } from "./init.ts";
import { type ServedClient, serveUntilTold } from "./run_serving.ts";
import { shellWord } from "../../home/shell_word.ts";

/** Run `run`: the client, its traffic and its websocket, until it is told to end, be that before it is up. */
export async function runRun(
  command: RunCommand,
  context: CommandContext,
): Promise<ExitCode> {
  // A wish to reload that comes too early is no wish to end.
  context.onReload(() => {});
  try {
    return await runClient(command, context);
  } catch (error) {
    const { reason } = context.signal;
    if (reason === undefined || error !== reason) throw error;
    return exitWhenTold(reason);
  }
}

async function runClient(
  command: RunCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const { output, signal, env, clock } = context;
  await warnOfLegacy(command.legacy, context);
  // Over somebody else's client there is no home of ours.
  if (command.upstream === undefined) await assertHome(command, context);
  checkBefore(command, context);
  await using manager = await serviceManager({
    env,
    clock,
    pid: Deno.pid,
    onFailure: (reason) => void output.warn(reason),
  });
  if (command.upstream !== undefined) {
    const { runUpstream } = await import("./run_upstream.ts");
    return await runUpstream(command.upstream, command, context, manager);
  }
  await using _network = command.local
    ? await startLocalNetwork(homeBase(env), {}, context)
    : undefined;
  const paths = await findOrMakeHome(command, context);
  const change = (debug: DebugConfig) => changed(debug, command);
  await using held = await holdHome(paths, context, {
    signal,
    change,
    network: command.networkNow,
  });
  const { home } = held;
  const code = await serveUntilTold(
    {
      mailbox: home.client,
      hub: held.hub,
      channel: held.channel,
      socket: socketOf(held, command),
      remark: coverCost(change(home.config.debug)),
      announce: (url) => held.announce(url),
      retract: () => held.retract(),
      close: (options) => held.close(options),
    },
    command,
    context,
    manager,
  );
  await tellCounted(clientCounted(home.client.counters), output);
  return code;
}

/**
 * Refuse what could not be served before anybody is connected to.
 *
 * @throws {UsageError} Naming it.
 */
function checkBefore(
  command: RunCommand,
  { settings }: CommandContext,
): void {
  const { host, allowRemote, tokenFile: token, disableSocket } = command;
  if (host !== undefined && !disableSocket) {
    policyOf({ address: { kind: "tcp", host, port: 0 }, allowRemote, token });
  }
  hasPlugins(command, settings, "run");
}

/**
 * Refuse to begin without a home, or what it takes to make one.
 *
 * @throws {UsageError} Naming what is missing.
 */
async function assertHome(
  { id, init, local, host }: RunCommand,
  { env }: CommandContext,
): Promise<void> {
  const base = homeBase(env);
  if (init && id !== undefined) {
    const isMade = await exists(homePaths(base, id).config);
    // A home that is to be made can name addresses only.
    if (host !== undefined && !isMade) {
      readValue("--host", host, parseIpAddress);
    }
    return;
  }
  const words = local ? "run --local --init" : "run --init";
  if (id === undefined && (init || local)) {
    if ((await listHomes(base)).length > 0) return;
    throw new UsageError("Cannot make a client: it needs a name", {
      hint: `Give one: nymwire ${words} --id <client_id>`,
    });
  }
  if (local && id !== undefined && !await exists(homePaths(base, id).config)) {
    throw new UsageError(`Cannot use client ${id}: there is no such home`, {
      hint: `Make it on the local network: nymwire ${words} --id ${
        shellWord(id)
      }`,
    });
  }
  await needHome(id, env);
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
      const network = local ? "local" : command.networkNow ?? command.network;
      const { port, host, cover, fastmode } = command;
      await makeClient(
        id,
        { network, host, cover, fastmode, port },
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

function socketOf(
  { home: { config: { socket } } }: HeldHome,
  { disableSocket, host = socket.host, port = socket.port }: RunCommand,
): ServedClient["socket"] {
  return disableSocket || !socket.enabled ? undefined : { host, port };
}
