import { type Clock, systemClock } from "../async/clock.ts";
import { encodeBase58 } from "../bytes/base58.ts";
import type { Bytes } from "../bytes/brand.ts";
import { shortKey } from "../bytes/short_key.ts";
import { type RandomSource, systemRandom } from "../crypto/random.ts";
import { cryptoReady } from "../crypto/sodium.ts";
import { EXIT, ProtocolError } from "../errors.ts";
import { type DebugConfig, DEFAULT_DEBUG } from "../home/debug.ts";
import type { GatewayRegistration } from "../home/gateways.ts";
import { type ClientKeys, generateClientKeys } from "../home/keys.ts";
import type { Recipient } from "../message/recipient.ts";
import { connectWs } from "../transport/ws_connect.ts";
import { assemble } from "./assemble.ts";
import type { Fetch } from "./bounded_fetch.ts";
import { chooseGateway } from "./choose_gateway.ts";
import type { MixnetClient } from "./client.ts";
import { directorySource, type NetworkSource } from "./directory.ts";
import type { Connect } from "./dial.ts";
import { memoryStores } from "./memory_stores.ts";
import type { OpenClientOptions } from "./open_options.ts";
import { listenersOf, registerWithGateway } from "./register.ts";
import type { ClientStores } from "../home/stores.ts";
import { RunningClient } from "./running_client.ts";
import { type Recollection, TopologyKeeper } from "./topology_keeper.ts";

/** Options of {@linkcode startClient}: those for everyone, and what the parts of a client are made from. */
export interface StartClientOptions extends Omit<OpenClientOptions, "network"> {
  /** The network: base URLs of its directory, or another source. */
  network: OpenClientOptions["network"] | NetworkSource;
  /** What outlives the client; whoever gives it closes it. @default memory */
  stores?: ClientStores | undefined;
  /** Asks the directory. @default the runtime's */
  fetch?: Fetch | undefined;
  /** Opens connections to gateways. @default over the network */
  connect?: Connect | undefined;
  /** Hears what is waited for, in words after "waiting for". @default nobody */
  onWait?: ((what: string) => void) | undefined;
  /** Hears that the network is taken as an earlier run has learned it. @default nobody */
  onRecalled?: ((recollection: Recollection) => void) | undefined;
}

/**
 * What `openClient` does, over parts that the caller can choose.
 *
 * @throws What it throws.
 */
export async function startClient(
  options: StartClientOptions,
): Promise<MixnetClient> {
  const {
    settings = DEFAULT_DEBUG,
    stores = memoryStores(),
    reconnect = true,
    tls,
    signal,
    clock = systemClock,
    random = systemRandom,
    connect = (url, signal) => connectWs(url, { signal }),
    onRegistered,
    onRecalled,
    onWait = () => {},
  } = options;
  await cryptoReady();
  const { keys = generateClientKeys(random) } = options;
  const source = sourceOf(options, settings, clock);
  const keeper = new TopologyKeeper({
    source,
    settings: settings.topology,
    clock,
    onRecalled,
  });
  onWait(`the directory ${keeper.name}`);
  await keeper.start(signal);
  const common = { clock, random, connect, signal, tls };
  const registration = options.registration ??
    await register({ ...options, ...common, keys, keeper, settings });
  const address = addressOf(keys, registration.identity);
  const gateway = () =>
    keeper.state?.topology.gateways.get(
      encodeBase58(address.gateway),
    );
  const assertKnown = () => {
    if (gateway() !== undefined) return;
    throw strangeGateway(address.gateway, keeper.name);
  };
  if (gateway() === undefined) await keeper.confirm(signal);
  assertKnown();
  const listeners = () => {
    const node = gateway();
    return node === undefined ? [] : listenersOf(node, { tls });
  };
  const parts = assemble({
    clock,
    random,
    keys,
    address,
    sharedKey: registration.sharedKey,
    settings,
    stores,
    keeper,
    listeners,
    connect,
    reconnect,
    onRegistered: onRegistered && ((sharedKey) =>
      onRegistered({
        identity: address.gateway,
        sharedKey,
        listener: listeners()[0] ?? "",
        fallback: listeners()[1] ?? null,
        registeredAt: new Date(clock.wall()),
      })),
  });
  parts.inbox.restore();
  onWait(`gateway ${shortKey(address.gateway)} to let the client in`);
  try {
    await parts.session.connect(signal);
  } catch (error) {
    // It may have moved since an earlier run asked for it.
    if (!await keeper.confirm(signal)) throw error;
    assertKnown();
    await parts.session.connect(signal);
  }
  return new RunningClient(parts);
}

/** The address of a client at a gateway. */
export function addressOf(keys: ClientKeys, gateway: Bytes): Recipient {
  return {
    identity: keys.identity.public,
    encryption: keys.encryption.public,
    gateway,
  };
}

function sourceOf(
  { network, fetch }: StartClientOptions,
  settings: DebugConfig,
  clock: Clock,
): NetworkSource {
  if (typeof network === "object" && "fetch" in network) return network;
  const urls = typeof network === "string" ? [network] : network;
  return directorySource({ urls, settings: settings.topology, clock, fetch });
}

async function register(
  options: StartClientOptions & {
    keys: ClientKeys;
    keeper: TopologyKeeper;
    settings: DebugConfig;
    random: RandomSource;
  },
): Promise<GatewayRegistration> {
  const { keys, keeper, settings, onRegistered } = options;
  const gateway = await chooseGateway({
    ...options,
    topology: keeper.topology(),
    identity: options.gateway,
    leaveOutMixes: !settings.topology.ignoreIngressEpochRole,
  });
  const registration = await registerWithGateway({
    ...options,
    identity: keys.identity,
    gateway,
  });
  onRegistered?.(registration);
  return registration;
}

function strangeGateway(gateway: Bytes, network: string): ProtocolError {
  return new ProtocolError(
    `Cannot open client: its gateway ${
      shortKey(gateway)
    } is not on the network ${network}`,
    {
      exitCode: EXIT.down,
      hint: "Check that it is the right network, or add another gateway",
    },
  );
}
