import { encodeBase58 } from "../../bytes/base58.ts";
import { equal } from "../../bytes/equal.ts";
import type { NetworkSource } from "../../client/directory.ts";
import { networkSource } from "../../client/network_source.ts";
import { listenersOf } from "../../client/register.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import { loadConfig } from "../../home/config_read.ts";
import { DEFAULT_DEBUG } from "../../home/debug.ts";
import {
  type GatewayRegistration,
  readGatewayStore,
} from "../../home/gateways.ts";
import { locateStorage } from "../../home/locate.ts";
import { resolveNetwork } from "../../home/network.ts";
import { homeBase, type HomePaths } from "../../home/paths.ts";
import type { CommandContext } from "../context.ts";
import type { GatewaysListCommand } from "../definitions/gateways.ts";
import { gatewayLimiter, tellGateway } from "../gateway_text.ts";
import { homeNetworkSource } from "../../client/home_network_source.ts";
import { findHome, needHome } from "../homes.ts";
import { printTable } from "../table.ts";

/** Run `gateways list`: those of the home, or all of the directory. */
export async function runGatewaysList(
  command: GatewaysListCommand,
  context: CommandContext,
): Promise<ExitCode> {
  if (command.all) await listDirectory(command, context);
  else await listOwn(command, context);
  return EXIT.ok;
}

async function listOwn(
  { id }: GatewaysListCommand,
  context: CommandContext,
): Promise<void> {
  const own = await gatewaysOf(await needHome(id, context.env));
  for (const [index, { gateway, isActive }] of own.entries()) {
    await tellGateway(gateway, { index, isActive }, context);
  }
}

/** Those that a home has registered with. */
async function gatewaysOf(
  paths: HomePaths,
): Promise<{ gateway: GatewayRegistration; isActive: boolean }[]> {
  const { config } = await loadConfig(paths.config);
  const { storage } = await locateStorage(config.storage, paths);
  using store = await readGatewayStore(storage.gatewayRegistrations);
  const active = store.active();
  return store.list().map((gateway) => ({
    gateway,
    isActive: active !== undefined && equal(active.identity, gateway.identity),
  }));
}

async function listDirectory(
  command: GatewaysListCommand,
  context: CommandContext,
): Promise<void> {
  const { output, env } = context;
  using limiter = gatewayLimiter(command.timeout, context);
  const signal = AbortSignal.any([context.signal, limiter.signal]);
  const { network, id } = command;
  // A network that is named is of no home, unless that is named too.
  const isHomes = network === undefined || id !== undefined;
  const home = isHomes ? await findHome(id, env) : undefined;
  const own = new Map(
    (home ? await gatewaysOf(home) : []).map(({ gateway, isActive }) =>
      [encodeBase58(gateway.identity), isActive] as const
    ),
  );
  const source = await directoryOf(command, home, context);
  const { topology } = await source.fetch(signal);
  const gateways = [...topology.gateways.values()].map((gateway) => ({
    identity: encodeBase58(gateway.identity),
    performance: gateway.performance,
    listener: listenersOf(gateway, {})[0] ?? null,
  })).toSorted((a, b) => a.identity < b.identity ? -1 : 1);
  if (output.json) {
    for (const gateway of gateways) {
      const active = own.get(gateway.identity);
      await output.record("gateway", {
        ...gateway,
        ...(active === undefined ? {} : { active }),
      });
    }
    return;
  }
  await printTable(
    ["IDENTITY KEY", "PERFORMANCE", "LISTENER", ...home ? ["HOME"] : []],
    gateways.map(({ identity, performance, listener }) => [
      identity,
      `${performance}%`,
      listener ?? "lets no clients in",
      ...home ? [markOf(own.get(identity))] : [],
    ]),
    output,
  );
}

function markOf(isActive: boolean | undefined): string {
  return isActive === undefined ? "" : isActive ? "active" : "registered";
}

/** The network that is named, else that of the home, else the main one. */
async function directoryOf(
  { network }: GatewaysListCommand,
  home: HomePaths | undefined,
  { env, clock }: CommandContext,
): Promise<NetworkSource> {
  if (home && network === undefined) {
    const { config } = await loadConfig(home.config);
    return await homeNetworkSource(home, config, { clock });
  }
  const options = { settings: DEFAULT_DEBUG.topology, clock };
  const base = homeBase(env);
  return await networkSource(
    await resolveNetwork(network ?? "mainnet", { base }),
    options,
  );
}
