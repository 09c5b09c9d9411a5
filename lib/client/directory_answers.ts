import { DecodeError, EXIT, NymError, ProtocolError } from "../errors.ts";
import type { TopologySettings } from "../home/debug.ts";
import {
  assembleExtendedTopology,
  assembleTopology,
  type Topology,
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

/** Options of {@linkcode readAnswers}. */
export interface ReadAnswersOptions {
  /** The base URL of the directory, as errors name it. */
  readonly base: string;
  /** Which nodes count. */
  readonly settings: TopologySettings;
  /** The answer to a question: a path below the base, with its query. Several are asked for at once. */
  readonly get: (path: string) => Promise<string>;
  /** Nothing more is asked for: whatever is still under way is of no use. */
  readonly onOver?: () => void;
}

/**
 * Learn the state of a network from the answers of its directory.
 *
 * @throws {DecodeError} If an answer is malformed; exit code 3.
 * @throws {ProtocolError} If the answers do not make a network that carries packets; exit code 3.
 * @throws What `get` throws.
 */
export async function readAnswers(
  options: ReadAnswersOptions,
): Promise<NetworkState> {
  const { base, settings, get, onOver = () => {} } = options;
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
    onOver();
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
