import { encodeBase58 } from "../../lib/bytes/base58.ts";
import type { Bytes } from "../../lib/bytes/brand.ts";
import type { SkimmedNodes } from "../../lib/wire/directory/collect_pages.ts";
import type { RewardedSet } from "../../lib/wire/directory/rewarded_set.ts";
import type { SkimmedNode } from "../../lib/wire/directory/skimmed_node.ts";

/** The identity of a node: 32 times its id. */
export function identity(nodeId: number): Bytes {
  return new Uint8Array(32).fill(nodeId);
}

/** How a topology names it. */
export function name(nodeId: number): string {
  return encodeBase58(identity(nodeId));
}

/** A mix node at 10.0.0.`nodeId`:1789. */
export function mix(
  nodeId: number,
  change: Partial<SkimmedNode> = {},
): SkimmedNode {
  return {
    nodeId,
    identity: identity(nodeId),
    ipAddresses: [`10.0.0.${nodeId}`],
    mixPort: 1789,
    sphinxKey: new Uint8Array(32).fill(100 + nodeId),
    role: { kind: "inactive" },
    supportedRoles: {
      mixnode: true,
      entry: false,
      exitRequester: false,
      exitRouter: false,
    },
    entry: undefined,
    performance: "1",
    ...change,
  };
}

/** A gateway at the same place. */
export function gateway(
  nodeId: number,
  change: Partial<SkimmedNode> = {},
): SkimmedNode {
  return mix(nodeId, {
    supportedRoles: {
      mixnode: false,
      entry: true,
      exitRequester: true,
      exitRouter: true,
    },
    entry: { hostname: undefined, wsPort: 9000, wssPort: undefined },
    ...change,
  });
}

/** A list of nodes of one epoch. */
export function list(...nodes: readonly SkimmedNode[]): SkimmedNodes {
  const metadata = {
    status: null,
    epochId: 50,
    rotationId: 2,
    refreshedAt: 1_000,
  };
  return { metadata, nodes };
}

/** Nodes 1 to 6 two to a layer, gateways 7 and 8. */
export const REWARDED_SET: RewardedSet = {
  epochId: 50,
  entryGateways: [7],
  exitGateways: [8],
  layers: [[1, 2], [3, 4], [5, 6]],
  standby: [9],
};
