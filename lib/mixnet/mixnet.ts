import { type Clock, systemClock } from "../async/clock.ts";
import { randomIndex, systemRandom } from "../crypto/random.ts";
import { cryptoReady } from "../crypto/sodium.ts";
import { UsageError } from "../errors.ts";
import { PortTakenError } from "../transport/http_server.ts";
import type { GatewayProtocol } from "../wire/gateway/version.ts";
import type { MixFrameVersion } from "../wire/mix/frame.ts";
import { type RunningDirectory, startDirectory } from "./directory.ts";
import { ManagedNode, type NodePlace } from "./managed_node.ts";
import {
  type DirectoryState,
  memoryFolder,
  type NetworkFolder,
  openNetworkFolder,
} from "./network_folder.ts";
import { type Mixnet, publication, RunningMixnet } from "./running_mixnet.ts";

/** Where everything listens: the network is for this machine alone. */
const LOOPBACK = "127.0.0.1";
/** More nodes than this in one process are a mistake. */
const MAX_NODES = 100;

/** Options of {@linkcode startMixnet}. */
export interface MixnetOptions {
  /** A folder that keeps keys, ports and registrations, so that clients survive a restart. @default nothing is kept */
  folder?: string | undefined;
  /** Whether what the folder keeps is thrown away. @default false */
  fresh?: boolean | undefined;
  /** Mix nodes in each of the three layers. @default 1 */
  mixesPerLayer?: number | undefined;
  /** Gateways. @default 1 */
  gateways?: number | undefined;
  /** Port of the directory; 0 is that of the last start, else any free one. @default 0 */
  port?: number | undefined;
  /** Mean of an extra exponential delay before each forward, in milliseconds. @default 0 */
  delay?: number | undefined;
  /** Percent of packets, acknowledgements likewise, that are dropped once, at the first mix node. @default 0 */
  loss?: number | undefined;
  /** Percent of packets that every node sends twice. @default 0 */
  duplicate?: number | undefined;
  /** Percent of packets that every node holds back, so that later ones overtake them. @default 0 */
  reorder?: number | undefined;
  /** Makes these faults repeat; keys are never drawn from it. @default drawn */
  seed?: number | undefined;
  /** Which version of the framing nodes send; they read 7 and 8. @default 7 */
  frameVersion?: MixFrameVersion | undefined;
  /** The protocol version that gateways announce to clients. @default 6 */
  announced?: GatewayProtocol | undefined;
  /** Packets that may wait for one neighbour of a node. @default 2000 */
  queueCapacity?: number | undefined;
  /** Whose time it is. @default the system's */
  clock?: Clock | undefined;
  /** Hears of ports that had to change. @default nobody */
  onWarning?: ((text: string) => void) | undefined;
  /** Hears of bugs. @default they are reported as uncaught errors */
  onFailure?: ((reason: unknown) => void) | undefined;
  /** Gives up starting when it fires. */
  signal?: AbortSignal | undefined;
}

/**
 * Start a whole network in this process: a directory, three layers of mix nodes, gateways. They know each other by
 * address alone and talk over sockets, so that any of them can be exchanged for one elsewhere.
 *
 * @throws {UsageError} If the folder cannot be used; exit code 4 if another network runs there.
 * @throws {PortTakenError} If the port asked for the directory is taken; exit code 4.
 * @throws The signal's reason.
 */
export async function startMixnet(
  options: MixnetOptions = {},
): Promise<Mixnet> {
  const { signal, seed = randomIndex(systemRandom, 2 ** 32) } = options;
  signal?.throwIfAborted();
  const places = plan(options);
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(
    options.folder === undefined
      ? memoryFolder()
      : await openNetworkFolder(options.folder, { fresh: options.fresh }),
  );
  await cryptoReady();
  const nodes = await startNodes(places, { ...options, seed }, folder, stack);
  const directoryState = await folder.readDirectory();
  const directory = stack.use(openDirectory(nodes, directoryState, options));
  await folder.writeDirectory({ ...directoryState, port: directory.port });
  signal?.throwIfAborted();
  return new RunningMixnet({
    seed,
    nodes,
    directory,
    folder,
    rotations: directoryState.rotations,
    resources: stack.move(),
  });
}

function plan(
  { mixesPerLayer = 1, gateways = 1 }: MixnetOptions,
): { name: string; place: NodePlace }[] {
  for (const count of [mixesPerLayer, gateways]) {
    if (Number.isInteger(count) && count >= 1 && count <= MAX_NODES) continue;
    throw new UsageError(
      `Cannot start network: need 1 to ${MAX_NODES} nodes of a kind, have ${count}`,
    );
  }
  const numbers = (count: number) =>
    Array.from({ length: count }, (_, i) => i + 1);
  const mixes = ([1, 2, 3] as const).flatMap((layer) =>
    numbers(mixesPerLayer).map((number) => ({
      name: mixesPerLayer === 1 ? `mix${layer}` : `mix${layer}.${number}`,
      place: { kind: "mix", layer } as const,
    }))
  );
  const others = numbers(gateways).map((number) => ({
    name: `gateway${number}`,
    place: { kind: "gateway" } as const,
  }));
  return [...mixes, ...others];
}

/** Start all nodes at once; if one fails, the others are stopped. */
async function startNodes(
  places: readonly { name: string; place: NodePlace }[],
  options: MixnetOptions,
  folder: NetworkFolder,
  stack: AsyncDisposableStack,
): Promise<ManagedNode[]> {
  const { delay, loss, duplicate, reorder } = options;
  const { seed, frameVersion, announced, queueCapacity, clock } = options;
  const { onWarning = () => {}, onFailure } = options;
  const starting = places.map(({ name, place }, index) => {
    // A packet passes the first layer once, and so does an acknowledgement.
    const isFirst = place.kind === "mix" && place.layer === 1;
    const faults = { delay, duplicate, reorder, loss: isFirst ? loss : 0 };
    return ManagedNode.start({
      name,
      place,
      nodeId: index + 1,
      host: LOOPBACK,
      folder,
      faults,
      seed,
      frameVersion,
      announced,
      queueCapacity,
      clock,
      onWarning,
      onFailure,
    });
  });
  const results = await Promise.allSettled(starting);
  for (const result of results) {
    if (result.status === "fulfilled") stack.use(result.value);
  }
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** The port of the last start is exchanged if it is taken; one that was asked for is not. */
function openDirectory(
  nodes: readonly ManagedNode[],
  state: DirectoryState,
  options: MixnetOptions,
): RunningDirectory {
  const { port = 0, clock = systemClock, onFailure } = options;
  const open = (port: number) =>
    startDirectory({
      network: publication(nodes, state.rotations),
      host: LOOPBACK,
      port,
      clock,
      onFailure,
    });
  if (port !== 0) return open(port);
  try {
    return open(state.port);
  } catch (error) {
    if (!(error instanceof PortTakenError) || state.port === 0) throw error;
    options.onWarning?.(
      `directory: port ${state.port} is taken, using another one`,
    );
    return open(0);
  }
}
