import { encodeBase58 } from "../../bytes/base58.ts";
import { equal } from "../../bytes/equal.ts";
import { shortKey } from "../../bytes/short_key.ts";
import { chooseGateway } from "../../client/choose_gateway.ts";
import type { NetworkSource } from "../../client/directory.ts";
import { homeNetworkSource } from "../../client/home_network_source.ts";
import { networkSource } from "../../client/network_source.ts";
import { addressOf } from "../../client/start_client.ts";
import { registerWithGateway } from "../../client/register.ts";
import { systemRandom } from "../../crypto/random.ts";
import { EXIT, type ExitCode, UsageError } from "../../errors.ts";
import type { GatewayRegistration } from "../../home/gateways.ts";
import { resolveNetwork } from "../../home/network.ts";
import { type OpenHome, openHome } from "../../home/open_home.ts";
import { formatRecipient } from "../../message/recipient.ts";
import type { CommandContext } from "../context.ts";
import type {
  GatewaysAddCommand,
  GatewaysSwitchCommand,
} from "../definitions/gateways.ts";
import { gatewayLimiter, identityKey, tellGateway } from "../gateway_text.ts";
import type { Output } from "../output.ts";
import { needHome } from "../homes.ts";

/** Run `gateways add`: register with one more gateway and make it the active one. */
export async function runGatewaysAdd(
  command: GatewaysAddCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const { output, clock, env } = context;
  const wanted = command.identity;
  const paths = await needHome(command.id, env);
  using limiter = gatewayLimiter(command.timeout, context);
  const signal = AbortSignal.any([context.signal, limiter.signal]);
  using home = await openHome(paths, { clock, signal });
  const source = await networkOf(command, home, context);
  const { topology } = await source.fetch(signal);
  const gateway = await chooseGateway({
    topology,
    identity: wanted === undefined ? undefined : identityKey(wanted),
    except: home.gateways.list().map(({ identity }) => identity),
    byLatency: command.latencyBasedSelection,
    tls: command.forceTlsGateway,
    leaveOutMixes: !home.config.debug.topology.ignoreIngressEpochRole,
    random: systemRandom,
    clock,
    signal,
  });
  assertNew(home.gateways.list(), gateway.identity);
  const registration = await registerWithGateway({
    identity: home.keys.identity,
    gateway,
    tls: command.forceTlsGateway,
    clock,
    signal,
  });
  home.gateways.add(registration);
  home.gateways.setActive(registration.identity);
  const index = home.gateways.list().length - 1;
  await tellGateway(registration, { index, isActive: true }, context);
  const address = formatRecipient(addressOf(home.keys, registration.identity));
  await output.say(sayAddress(address, output));
  return EXIT.ok;
}

/** Run `gateways switch`: make another of the home's gateways the active one. */
export async function runGatewaysSwitch(
  command: GatewaysSwitchCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const wanted = command.identity;
  if (wanted === undefined) {
    throw new UsageError("Cannot switch: need a gateway, have none", {
      hint: "Choose one of: nymwire gateways list",
    });
  }
  const identity = identityKey(wanted);
  const paths = await needHome(command.id, context.env);
  const { clock, signal } = context;
  using home = await openHome(paths, { clock, signal });
  home.gateways.setActive(identity);
  const address = formatRecipient(addressOf(home.keys, identity));
  await context.output.say(sayAddress(address, context.output));
  return EXIT.ok;
}

/** The network that is named, else that of the home. */
async function networkOf(
  { network }: GatewaysAddCommand,
  { paths, config }: OpenHome,
  { clock }: CommandContext,
): Promise<NetworkSource> {
  if (network === undefined) {
    return await homeNetworkSource(paths, config, { clock });
  }
  return await networkSource(
    await resolveNetwork(network, { base: paths.base }),
    { settings: config.debug.topology, clock },
  );
}

function sayAddress(address: string, output: Output): string {
  return `The address of this client is now: ${output.address(address)}`;
}

function assertNew(
  known: readonly GatewayRegistration[],
  identity: Uint8Array,
): void {
  if (!known.some((other) => equal(other.identity, identity))) return;
  const id = encodeBase58(identity);
  throw new UsageError(
    `Cannot add gateway ${
      shortKey(identity)
    }: this client has registered with it already`,
    { hint: `Use it: nymwire gateways switch ${id}` },
  );
}
