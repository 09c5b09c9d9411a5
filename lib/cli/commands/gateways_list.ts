import { encodeBase58 } from "../../bytes/base58.ts";
import { equal } from "../../bytes/equal.ts";
import type { NetworkSource } from "../../client/directory.ts";
import { networkSource } from "../../client/network_source.ts";
import { listenersOf } from "../../client/register.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import { loadConfig } from "../../home/config_read.ts";
import { DEFAULT_DEBUG } from "../../home/debug.ts";
import { readGatewayStore } from "../../home/gateways.ts";
import { locateStorage } from "../../home/locate.ts";
import { resolveNetwork } from "../../home/network.ts";
import { homeBase } from "../../home/paths.ts";
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
  const paths = await needHome(id, context.env);
  const { config } = await loadConfig(paths.config);
  const { storage } = await locateStorage(config.storage, paths);
  using store = await readGatewayStore(storage.gatewayRegistrations);
  const active = store.active();
  for (const [index, gateway] of store.list().entries()) {
    const isActive = active !== undefined &&
      equal(active.identity, gateway.identity);
    await tellGateway(gateway, { index, isActive }, context);
  }
}

async function listDirectory(
  command: GatewaysListCommand,
  context: CommandContext,
): Promise<void> {
  const { output } = context;
  using limiter = gatewayLimiter(command.timeout, context);
  const signal = AbortSignal.any([context.signal, limiter.signal]);
  const source = await directoryOf(command, context);
  const { topology } = await source.fetch(signal);
  const gateways = [...topology.gateways.values()].map((gateway) => ({
    identity: encodeBase58(gateway.identity),
    performance: gateway.performance,
    listener: listenersOf(gateway, {})[0] ?? null,
  })).toSorted((a, b) => a.identity < b.identity ? -1 : 1);
  if (output.json) {
    for (const gateway of gateways) await output.record("gateway", gateway);
    return;
  }
  await printTable(
    ["IDENTITY KEY", "PERFORMANCE", "LISTENER"],
    gateways.map(({ identity, performance, listener }) => [
      identity,
      `${performance}%`,
      listener ?? "lets no clients in",
    ]),
    output,
  );
}

/** The network that is named, else that of the home, else the main one. */
async function directoryOf(
  { network, id }: GatewaysListCommand,
  { env, clock }: CommandContext,
): Promise<NetworkSource> {
  const home = network === undefined ? await findHome(id, env) : undefined;
  if (home) {
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
