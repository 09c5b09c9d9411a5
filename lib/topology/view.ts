import { encodeBase58 } from "../bytes/base58.ts";
import { EXIT, ProtocolError } from "../errors.ts";
import type { SkimmedNodes } from "../wire/directory/collect_pages.ts";
import type { RewardedSet } from "../wire/directory/rewarded_set.ts";
import { sameSnapshot } from "../wire/directory/skimmed_page.ts";
import type { TopologyFile } from "../wire/directory/topology_file.ts";
import { type RoutingNode, routingNodeOf, routingNodeOfFile } from "./node.ts";

/** Nodes below this performance are left out, in percent. */
const DEFAULT_MINIMUM_PERFORMANCE = 50;

/** A snapshot of the network in layers: what routes are drawn from. */
export interface Topology {
  /** The key rotation of its sphinx keys; 2^32 - 1 if it is not known. */
  readonly rotationId: number;
  /** The epoch since the network began. */
  readonly epochId: number;
  /** When the directory collected it, in milliseconds since 1970. */
  readonly refreshedAt: number;
  /** The usable mix nodes of the first, second and third layer, none of them empty. */
  readonly layers: readonly [
    readonly RoutingNode[],
    readonly RoutingNode[],
    readonly RoutingNode[],
  ];
  /** The usable gateways by identity in base58. */
  readonly gateways: ReadonlyMap<string, RoutingNode>;
}

/** Which nodes are good enough. */
export interface PerformanceLimits {
  /** For mix nodes, in percent. @default 50 */
  readonly minimumMixnodePerformance?: number | undefined;
  /** For gateways, in percent. @default 50 */
  readonly minimumGatewayPerformance?: number | undefined;
}

/** What the directory answers in one refresh. */
export interface DirectoryAnswers extends PerformanceLimits {
  /** From `skimmed/mixnodes/active`. */
  readonly mixnodes: SkimmedNodes;
  /** From `skimmed/entry-gateways`. */
  readonly gateways: SkimmedNodes;
  /** From `rewarded-set`. */
  readonly rewardedSet: RewardedSet;
}

/** What the directory answers in one refresh when all nodes are asked for at once. */
export interface ExtendedAnswers extends PerformanceLimits {
  /** From `skimmed`. */
  readonly nodes: SkimmedNodes;
  /** From `rewarded-set`. */
  readonly rewardedSet: RewardedSet;
}

/**
 * Make a topology of the directory's answers (nymtech/nym, common/client-core/src/client/topology_control and
 * common/topology/src/lib.rs).
 *
 * @throws {ProtocolError} If they are of different epochs, or leave a layer or the gateways without a usable node; exit
 * code 3.
 */
export function assembleTopology(answers: DirectoryAnswers): Topology {
  const {
    mixnodes,
    gateways,
    minimumMixnodePerformance = DEFAULT_MINIMUM_PERFORMANCE,
    minimumGatewayPerformance = DEFAULT_MINIMUM_PERFORMANCE,
  } = answers;
  if (!sameSnapshot(mixnodes.metadata, gateways.metadata)) {
    throw unusable("its mix nodes and gateways are of different epochs");
  }
  const nodes = [
    ...usable(mixnodes, minimumMixnodePerformance),
    ...usable(gateways, minimumGatewayPerformance),
  ];
  return layered(mixnodes.metadata, nodes, answers.rewardedSet);
}

/**
 * Make a topology of one list with all nodes; the lower of both limits counts.
 *
 * @throws {ProtocolError} As {@linkcode assembleTopology} does.
 */
export function assembleExtendedTopology(answers: ExtendedAnswers): Topology {
  const {
    nodes,
    minimumMixnodePerformance = DEFAULT_MINIMUM_PERFORMANCE,
    minimumGatewayPerformance = DEFAULT_MINIMUM_PERFORMANCE,
  } = answers;
  const limit = Math.min(minimumMixnodePerformance, minimumGatewayPerformance);
  return layered(nodes.metadata, usable(nodes, limit), answers.rewardedSet);
}

/**
 * Make a topology of a file; `now` (milliseconds since 1970) stands in for a time that it does not tell.
 *
 * @throws {ProtocolError} If a layer or the gateways are without a node; exit code 3.
 */
export function topologyOfFile(file: TopologyFile, now: number): Topology {
  const refreshedAt = file.metadata.refreshedAt ?? now;
  const nodes = file.nodes.map(routingNodeOfFile);
  return layered({ ...file.metadata, refreshedAt }, nodes, file.rewardedSet);
}

function usable(list: SkimmedNodes, minimum: number): RoutingNode[] {
  return list.nodes.map(routingNodeOf)
    .filter((node) => node !== undefined)
    .filter((node) => node.performance >= minimum);
}

function layered(
  metadata: Pick<Topology, "rotationId" | "epochId" | "refreshedAt">,
  nodes: readonly RoutingNode[],
  rewardedSet: RewardedSet,
): Topology {
  const { rotationId, epochId, refreshedAt } = metadata;
  const details = new Map(nodes.map((node) => [node.nodeId, node]));
  const assigned = new Set([
    ...rewardedSet.entryGateways,
    ...rewardedSet.exitGateways,
  ]);
  if (assigned.size === 0) throw unusable("it names no gateways");
  const gateways = [...details.values()].filter((node) =>
    node.entry !== undefined || assigned.has(node.nodeId)
  );
  if (gateways.length === 0) {
    throw unusable(
      `of the gateways that it names (${assigned.size}) none is usable`,
    );
  }
  const layer = (index: 0 | 1 | 2) => {
    const ids = new Set(rewardedSet.layers[index]);
    const found = [...ids].map((id) => details.get(id))
      .filter((node) => node !== undefined);
    if (found.length > 0) return found;
    throw unusable(
      `of the mix nodes in layer ${index + 1} (${ids.size}) none is usable`,
    );
  };
  return {
    rotationId,
    epochId,
    refreshedAt,
    layers: [layer(0), layer(1), layer(2)],
    gateways: new Map(
      gateways.map((node) => [encodeBase58(node.identity), node]),
    ),
  };
}

function unusable(state: string): ProtocolError {
  return new ProtocolError(
    `Cannot use the network: ${state}`,
    {
      hint: "Try again in a minute, or choose another network",
      exitCode: EXIT.down,
    },
  );
}
