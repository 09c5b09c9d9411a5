import { type Clock, systemClock } from "../async/clock.ts";
import { shortKey } from "../bytes/short_key.ts";
import { type RandomSource, systemRandom } from "../crypto/random.ts";
import { UsageError } from "../errors.ts";
import { newConfig, type SocketConfig } from "../home/config.ts";
import { createHome } from "../home/create_home.ts";
import { type DebugConfig, DEFAULT_DEBUG } from "../home/debug.ts";
import {
  type AnswerMemory,
  directoryCache,
  type KeptAnswers,
} from "../home/directory_cache.ts";
import type { GatewayRegistration } from "../home/gateways.ts";
import { type ClientKeys, generateClientKeys } from "../home/keys.ts";
import type { Network } from "../home/network.ts";
import { type HomePaths, homePaths } from "../home/paths.ts";
import { exists } from "../home/private_file.ts";
import type { Recipient } from "../message/recipient.ts";
import { chooseGateway } from "./choose_gateway.ts";
import { networkSource } from "./network_source.ts";
import { addressOf } from "./start_client.ts";
import { registerWithGateway } from "./register.ts";
import { TopologyKeeper } from "./topology_keeper.ts";
import { shellWord } from "../home/shell_word.ts";

/** Options of {@linkcode createClient}. */
export interface CreateClientOptions {
  /** The folder that homes lie under. */
  base: string;
  /** What the user calls the client. */
  id: string;
  /** The network it is on. */
  network: Network;
  /** The identity of the gateway to register with. @default one by chance */
  gateway?: Uint8Array | undefined;
  /** Whether gateways that answer fast are preferred. @default false */
  byLatency?: boolean | undefined;
  /** Whether only gateways with TLS will do, from now on. @default false */
  tls?: boolean | undefined;
  /** The local websocket. @default port 1977 of this machine alone */
  socket?: Partial<SocketConfig> | undefined;
  /** Everything about traffic. @default as the official client does */
  settings?: DebugConfig | undefined;
  /** Hears what is being done. @default nobody */
  onStep?: ((step: string) => void) | undefined;
  /** Gives up when it fires; then nothing is left behind. */
  signal?: AbortSignal | undefined;
  /** Where time comes from. @default the system's */
  clock?: Clock | undefined;
  /** Where chance comes from. @default the system's */
  random?: RandomSource | undefined;
}

/** A home that was made. */
export interface CreatedClient {
  /** Where everything is. */
  readonly paths: HomePaths;
  /** Its client's address. */
  readonly address: Recipient;
  /** The gateway that it is registered with. */
  readonly registration: GatewayRegistration;
}

/**
 * Make keys, choose a gateway, register with it, and write the home: all of it, or nothing.
 *
 * @throws {UsageError} If the home exists: an identity is never overwritten.
 * @throws {ConnectionError} If directory or gateway cannot be reached; exit code 3.
 * @throws {ProtocolError} If either does not do what it should; exit code 3.
 * @throws The signal's reason.
 */
export async function createClient(
  options: CreateClientOptions,
): Promise<CreatedClient> {
  const { base, id, network, socket, settings = DEFAULT_DEBUG } = options;
  const { random = systemRandom, onStep = () => {} } = options;
  const paths = homePaths(base, id);
  await assertFree(paths);
  const keys = generateClientKeys(random);
  let answers: KeptAnswers | undefined;
  const memory: AnswerMemory = {
    recall: () => Promise.resolve(undefined),
    keep: (kept) => Promise.resolve(void (answers = kept)),
  };
  const registration = await register(keys, { ...options, memory });
  onStep(`Writing ${paths.home}`);
  await createHome(paths, {
    keys,
    registration,
    network,
    config: newConfig({
      id,
      storage: paths.storage,
      nymApiUrls: network.apiUrls,
      nyxdUrls: network.nyxdUrls,
      socket: socket ?? {},
      debug: settings,
    }),
  });
  if (answers !== undefined) await directoryCache(paths).keep(answers);
  return {
    paths,
    registration,
    address: addressOf(keys, registration.identity),
  };
}

async function assertFree({ home, config, id }: HomePaths): Promise<void> {
  if (!await exists(home)) return;
  const isWhole = await exists(config);
  throw new UsageError(
    isWhole
      ? `Cannot make client ${id}: it is there already, in ${home}`
      : `Cannot make client ${id}: ${home} is in the way, without a config.toml`,
    {
      hint: isWhole
        ? `Use it, or add a gateway: nymwire gateways add --id ${
          shellWord(id)
        }; --if-missing makes this no error`
        : "Move that folder away, or choose another --id",
    },
  );
}

async function register(
  keys: ClientKeys,
  options: CreateClientOptions & { memory: AnswerMemory },
): Promise<GatewayRegistration> {
  const { network, gateway, byLatency, tls, memory, signal } = options;
  const {
    settings = DEFAULT_DEBUG,
    clock = systemClock,
    random = systemRandom,
    onStep = () => {},
  } = options;
  const source = await networkSource(network, {
    settings: settings.topology,
    clock,
    memory,
  });
  const keeper = new TopologyKeeper({
    source,
    settings: settings.topology,
    clock,
  });
  onStep(`Asking ${source.name} for gateways`);
  await keeper.refresh(signal);
  const chosen = await chooseGateway({
    topology: keeper.topology(),
    identity: gateway,
    byLatency,
    tls,
    leaveOutMixes: !settings.topology.ignoreIngressEpochRole,
    random,
    clock,
    signal,
  });
  onStep(`Registering with gateway ${shortKey(chosen.identity)}`);
  return await registerWithGateway({
    identity: keys.identity,
    gateway: chosen,
    tls,
    random,
    clock,
    signal,
  });
}
