import { EXIT } from "../../errors.ts";
import { UNKNOWN_ROTATION_ID } from "../../message/key_rotation.ts";
import { JsonReader } from "../json_reader.ts";
import { MAX_ANSWER_LENGTH, MAX_NODES, U32_MAX } from "./limits.ts";
import {
  readRewardedSet,
  type RewardedSet,
  rewardedSetToJson,
} from "./rewarded_set.ts";
import { formatRfc3339, readRfc3339 } from "./timestamp.ts";
import {
  readTopologyNode,
  type TopologyNode,
  topologyNodeToJson,
} from "./topology_node.ts";

/** Which state of the network a topology file shows. */
export interface TopologyMetadata {
  /** The key rotation whose sphinx keys it lists; 2^32 - 1 if it is not known. */
  readonly rotationId: number;
  /** The epoch since the network began. */
  readonly epochId: number;
  /** When it was collected, in milliseconds since 1970; none if the file does not say. */
  readonly refreshedAt: number | undefined;
}

/** A whole network in one file, as `--custom-mixnet` of official clients takes it. */
export interface TopologyFile {
  /** Which state of the network it shows. */
  readonly metadata: TopologyMetadata;
  /** Who does what. */
  readonly rewardedSet: RewardedSet;
  /** Every node. */
  readonly nodes: readonly TopologyNode[];
}

/**
 * Read a topology file (nymtech/nym, common/topology/src/{lib,node,rewarded_set}.rs). Unknown members are ignored; errors name `file`.
 *
 * @throws {DecodeError} Naming the key path of what does not fit; exit code 2.
 */
export function decodeTopologyFile(
  text: string,
  { file = "topology file" }: { readonly file?: string } = {},
): TopologyFile {
  const json = JsonReader.parse(text, {
    title: file,
    hint: "Give a network in the format of nym-client's --custom-mixnet",
    exitCode: EXIT.usage,
    maxLength: MAX_ANSWER_LENGTH,
  });
  return {
    metadata: readMetadata(json.optional("metadata")),
    rewardedSet: readFullRewardedSet(json.field("rewarded_set")),
    nodes: json.field("node_details").entries(MAX_NODES).map(readEntry),
  };
}

/** Write a topology file that official clients take, indented for people. */
export function encodeTopologyFile(file: TopologyFile): string {
  const { rotationId, epochId, refreshedAt } = file.metadata;
  const nodes = file.nodes.map((node) =>
    [`${node.nodeId}`, topologyNodeToJson(node)] as const
  );
  return JSON.stringify(
    {
      // Without a time there is no metadata that official clients would take.
      ...(refreshedAt === undefined ? {} : {
        metadata: {
          key_rotation_id: rotationId,
          absolute_epoch_id: epochId,
          refreshed_at: formatRfc3339(refreshedAt),
        },
      }),
      rewarded_set: rewardedSetToJson(file.rewardedSet),
      node_details: Object.fromEntries(nodes),
    },
    null,
    2,
  ) + "\n";
}

function readMetadata(json: JsonReader | undefined): TopologyMetadata {
  if (json === undefined) {
    return {
      rotationId: UNKNOWN_ROTATION_ID,
      epochId: 0,
      refreshedAt: undefined,
    };
  }
  return {
    rotationId: json.field("key_rotation_id").integer(0, U32_MAX),
    epochId: json.field("absolute_epoch_id").integer(0, U32_MAX),
    refreshedAt: readRfc3339(json.field("refreshed_at")),
  };
}

/** The directory may leave out the epoch, a file may not. */
function readFullRewardedSet(json: JsonReader): RewardedSet {
  json.field("epoch_id").integer(0, U32_MAX);
  return readRewardedSet(json);
}

function readEntry([key, json]: [string, JsonReader]): TopologyNode {
  const node = readTopologyNode(json);
  if (key !== `${node.nodeId}`) {
    throw json.error(`need a node of that id, have node ${node.nodeId}`);
  }
  return node;
}
