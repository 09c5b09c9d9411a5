import { EXIT } from "../../errors.ts";
import { JsonReader } from "../json_reader.ts";
import { MAX_ANSWER_LENGTH, MAX_NODES, U32_MAX } from "./limits.ts";

/** Who does what in one epoch, by node id: `v1/nym-nodes/rewarded-set`. */
export interface RewardedSet {
  /** The epoch that it is for. */
  readonly epochId: number;
  /** Nodes that clients may enter through. */
  readonly entryGateways: readonly number[];
  /** Nodes that leave the mixnet. */
  readonly exitGateways: readonly number[];
  /** Mix nodes of the first, second and third layer. */
  readonly layers: readonly [
    readonly number[],
    readonly number[],
    readonly number[],
  ];
  /** Nodes that wait for work. */
  readonly standby: readonly number[];
}

/**
 * Read the rewarded set (nymtech/nym, nym-api/nym-api-requests/src/models/mixnet.rs). All six lists must be there; unknown
 * members are ignored.
 *
 * @throws {DecodeError} Naming the key path of what does not fit; exit code 3.
 */
export function decodeRewardedSet(text: string): RewardedSet {
  return readRewardedSet(JsonReader.parse(text, {
    title: "rewarded set",
    exitCode: EXIT.down,
    maxLength: MAX_ANSWER_LENGTH,
  }));
}

/** Write the rewarded set as the directory answers it. */
export function encodeRewardedSet(set: RewardedSet): string {
  return JSON.stringify(rewardedSetToJson(set));
}

/** Read the rewarded set at a place in a larger document. */
export function readRewardedSet(json: JsonReader): RewardedSet {
  return {
    epochId: json.optional("epoch_id")?.integer(0, U32_MAX) ?? 0,
    entryGateways: nodeIds(json.field("entry_gateways")),
    exitGateways: nodeIds(json.field("exit_gateways")),
    layers: [
      nodeIds(json.field("layer1")),
      nodeIds(json.field("layer2")),
      nodeIds(json.field("layer3")),
    ],
    standby: nodeIds(json.field("standby")),
  };
}

/** The rewarded set as a JSON value with the official names. */
export function rewardedSetToJson(set: RewardedSet): Record<string, unknown> {
  const [layer1, layer2, layer3] = set.layers;
  return {
    epoch_id: set.epochId,
    entry_gateways: set.entryGateways,
    exit_gateways: set.exitGateways,
    layer1,
    layer2,
    layer3,
    standby: set.standby,
  };
}

function nodeIds(json: JsonReader): number[] {
  return json.array(MAX_NODES).map((id) => id.integer(0, U32_MAX));
}
