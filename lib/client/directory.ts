import { type Clock, sleep } from "../async/clock.ts";
import {
  ConnectionError,
  DecodeError,
  EXIT,
  NymError,
  ProtocolError,
  UsageError,
} from "../errors.ts";
import type { TopologySettings } from "../home/debug.ts";
import {
  assembleExtendedTopology,
  assembleTopology,
  type Topology,
  topologyOfFile,
} from "../topology/view.ts";
import {
  collectSkimmedPages,
  type SkimmedNodes,
} from "../wire/directory/collect_pages.ts";
import {
  decodeKeyRotationInfo,
  type KeyRotationInfo,
} from "../wire/directory/key_rotation_info.ts";
import { decodeRewardedSet } from "../wire/directory/rewarded_set.ts";
import { decodeSkimmedPage } from "../wire/directory/skimmed_page.ts";
import type { TopologyFile } from "../wire/directory/topology_file.ts";
import { type Fetch, fetchText } from "./bounded_fetch.ts";

/** The longest answer, in bytes; those of the main network have about one million. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** How long one answer may take, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** The pause before a directory that was not reached is asked once more, in milliseconds. */
const RETRY_MS = 300;

const ENTRY_GATEWAYS = "v2/unstable/nym-nodes/skimmed/entry-gateways";
const ACTIVE_MIXNODES = "v2/unstable/nym-nodes/skimmed/mixnodes/active";
const ALL_NODES = "v2/unstable/nym-nodes/skimmed";
const REWARDED_SET = "v1/nym-nodes/rewarded-set";
const KEY_ROTATION_INFO = "v1/epoch/key-rotation-info";

/** What is known of the network. */
export interface NetworkState {
  /** Its nodes in layers. */
  readonly topology: Topology;
  /** Where it stands in its key rotations, where that is known. */
  readonly keyRotation: KeyRotationInfo | undefined;
}

/** Where a client learns of its network. */
export interface NetworkSource {
  /** What errors call the network. */
  readonly name: string;
  /**
   * Learn its present state.
   *
   * @throws {ConnectionError} If nobody answers; exit code 3.
   * @throws {DecodeError} If an answer is malformed; exit code 3.
   * @throws {ProtocolError} If the answers do not make a network that carries packets; exit code 3.
   */
  fetch(signal?: AbortSignal): Promise<NetworkState>;
}

/** Options of {@linkcode directorySource}. */
export interface DirectoryOptions {
  /** Base URLs of the directory; the next one is asked where one fails. */
  urls: readonly string[];
  /** Which nodes count. */
  settings: TopologySettings;
  /** Where time comes from. */
  clock: Clock;
  /** Asks the server. @default the runtime's */
  fetch?: Fetch | undefined;
  /** How long one answer may take, in milliseconds. @default 30_000 */
  timeout?: number | undefined;
}

/**
 * The directory of a network, over HTTP (nymtech/nym, common/client-core/src/client/topology_control).
 *
 * @throws {UsageError} If there is no URL, or one is malformed.
 */
export function directorySource(options: DirectoryOptions): NetworkSource {
  const bases = options.urls.map(parseBase);
  if (bases.length === 0) {
    throw new UsageError("Cannot use directory: need at least one URL");
  }
  let preferred = 0;
  return {
    name: bases[0]!,
    async fetch(signal) {
      let failure: unknown;
      // Two rounds: a connection that breaks once says little about the directory.
      for (let attempt = 0; attempt < 2 * bases.length; attempt++) {
        if (attempt === bases.length) {
          await sleep(options.clock, RETRY_MS, signal);
        }
        try {
          return await fetchState(bases[preferred]!, options, signal);
        } catch (error) {
          signal?.throwIfAborted();
          failure = error;
          preferred = (preferred + 1) % bases.length;
          // One that answers nonsense does so again.
          if (bases.length === 1 && !(error instanceof ConnectionError)) break;
        }
      }
      throw failure;
    },
  };
}

/** A network that is written down in a file and does not change. */
export function fileSource(file: TopologyFile, clock: Clock): NetworkSource {
  return {
    name: "topology file",
    fetch: () =>
      new Promise((resolve) =>
        resolve({
          topology: topologyOfFile(file, clock.wall()),
          keyRotation: undefined,
        })
      ),
  };
}

async function fetchState(
  base: string,
  options: DirectoryOptions,
  signal: AbortSignal | undefined,
): Promise<NetworkState> {
  const { settings, fetch = globalThis.fetch, timeout = TIMEOUT_MS } = options;
  // The first one that fails takes the others along.
  const failed = new AbortController();
  const either = signal === undefined
    ? failed.signal
    : AbortSignal.any([signal, failed.signal]);
  const get = (path: string) =>
    fetchText(base + path, {
      fetch,
      limit: MAX_ANSWER_BYTES,
      timeout,
      signal: either,
    });
  const read = async <T>(
    path: string,
    decode: (text: string) => T,
  ): Promise<T> => {
    const text = await get(path);
    return named(`Cannot use directory at ${base + path}`, () => decode(text));
  };
  const nodes = (path: string): Promise<SkimmedNodes> =>
    collectSkimmedPages((page) =>
      read(`${path}?page=${page}`, decodeSkimmedPage)
    );
  const answers = [
    read(KEY_ROTATION_INFO, decodeKeyRotationInfo),
    read(REWARDED_SET, decodeRewardedSet),
    nodes(settings.useExtendedTopology ? ALL_NODES : ENTRY_GATEWAYS),
    settings.useExtendedTopology ? undefined : nodes(ACTIVE_MIXNODES),
  ] as const;
  try {
    const [keyRotation, rewardedSet, gateways, mixnodes] = await Promise.all(
      answers,
    );
    const limits = {
      minimumMixnodePerformance: settings.minimumMixnodePerformance,
      minimumGatewayPerformance: settings.minimumGatewayPerformance,
    };
    const topology = named(
      `Cannot use the network of ${base}`,
      () =>
        mixnodes === undefined
          ? assembleExtendedTopology({
            nodes: gateways,
            rewardedSet,
            ...limits,
          })
          : assembleTopology({ mixnodes, gateways, rewardedSet, ...limits }),
    );
    return { topology, keyRotation };
  } finally {
    failed.abort();
    await Promise.allSettled(answers);
  }
}

/** What is wrong with an answer does not know whose it is: say so. */
function named<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof NymError)) throw cause;
    const fault = cause.message.replace(/^Cannot [^:]*: /, "");
    const Kind = cause instanceof DecodeError ? DecodeError : ProtocolError;
    throw new Kind(`${what}: ${fault}`, {
      cause,
      exitCode: cause.exitCode ?? EXIT.down,
      hint: cause instanceof DecodeError
        ? "Check the address of the directory, or choose another network"
        : cause.hint,
    });
  }
}

function parseBase(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new UsageError(
      `Cannot use directory ${url}: need an http:// or https:// address`,
    );
  }
  return url.endsWith("/") ? url : `${url}/`;
}
