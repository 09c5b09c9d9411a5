import { assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProtocolError } from "../../lib/errors.ts";
import {
  assembleExtendedTopology,
  assembleTopology,
  type DirectoryAnswers,
  type Topology,
  topologyOfFile,
} from "../../lib/topology/view.ts";
import { gateway, identity, list, mix, name, REWARDED_SET } from "./samples.ts";

const MIXNODES = [1, 2, 3, 4, 5, 6].map((id) => mix(id));
const GATEWAYS = [7, 8].map((id) => gateway(id));

const ANSWERS: DirectoryAnswers = {
  mixnodes: list(...MIXNODES),
  gateways: list(...GATEWAYS),
  rewardedSet: REWARDED_SET,
};

function ids(topology: Topology): unknown {
  return {
    layers: topology.layers.map((layer) => layer.map(({ nodeId }) => nodeId)),
    gateways: [...topology.gateways.values()].map(({ nodeId }) => nodeId),
  };
}

function assertUnusable(make: () => Topology, message: string): void {
  const error = assertThrows(make, ProtocolError);
  assertEquals(error.message, `Cannot use the network: ${message}`);
  assertEquals(error.exitCode, EXIT.down);
}

Deno.test("assembleTopology() puts nodes in the layers of the rewarded set", () => {
  const topology = assembleTopology(ANSWERS);
  assertEquals(ids(topology), {
    layers: [[1, 2], [3, 4], [5, 6]],
    gateways: [7, 8],
  });
  assertEquals([...topology.gateways.keys()], [name(7), name(8)]);
  const { rotationId, epochId, refreshedAt } = topology;
  assertEquals([rotationId, epochId, refreshedAt], [2, 50, 1_000]);
});

Deno.test("assembleTopology() leaves out weak nodes, unreachable ones and ids without a node", () => {
  const rewardedSet = {
    ...REWARDED_SET,
    layers: [[1, 2, 1, 99], [3, 4], [5, 6]] as const,
  };
  const mixnodes = list(
    ...MIXNODES.slice(2),
    mix(1, { performance: "0.5" }),
    mix(2, { performance: "0.499" }),
  );
  const gateways = list(gateway(7, { ipAddresses: [] }), gateway(8));
  assertEquals(ids(assembleTopology({ mixnodes, gateways, rewardedSet })), {
    layers: [[1], [3, 4], [5, 6]],
    gateways: [8],
  });
  const patient = {
    mixnodes,
    gateways,
    rewardedSet,
    minimumMixnodePerformance: 49,
    minimumGatewayPerformance: 0,
  };
  assertEquals(ids(assembleTopology(patient)), {
    layers: [[1, 2], [3, 4], [5, 6]],
    gateways: [8],
  });
});

Deno.test("assembleTopology() knows gateways that mix in this epoch, not mix nodes as gateways", () => {
  const both = gateway(1);
  const mixnodes = list(both, ...MIXNODES.slice(1));
  assertEquals(ids(assembleTopology({ ...ANSWERS, mixnodes })), {
    layers: [[1, 2], [3, 4], [5, 6]],
    gateways: [1, 7, 8],
  });
});

Deno.test("assembleTopology() refuses lists of different epochs", () => {
  const gateways = {
    ...ANSWERS.gateways,
    metadata: { ...ANSWERS.gateways.metadata, epochId: 51 },
  };
  assertUnusable(
    () => assembleTopology({ ...ANSWERS, gateways }),
    "its mix nodes and gateways are of different epochs",
  );
});

Deno.test("assembleTopology() names what is missing", () => {
  const refuse = (change: Partial<DirectoryAnswers>, message: string) =>
    assertUnusable(() => assembleTopology({ ...ANSWERS, ...change }), message);
  refuse(
    { rewardedSet: { ...REWARDED_SET, layers: [[1], [], [5]] } },
    "of the mix nodes in layer 2 (0) none is usable",
  );
  refuse(
    { mixnodes: list(...MIXNODES.slice(0, 4)) },
    "of the mix nodes in layer 3 (2) none is usable",
  );
  refuse(
    {
      rewardedSet: { ...REWARDED_SET, entryGateways: [], exitGateways: [] },
    },
    "it names no gateways",
  );
  refuse(
    { gateways: list() },
    "of the gateways that it names (2) none is usable",
  );
});

Deno.test("assembleExtendedTopology() makes the same of one list, with the lower limit", () => {
  const nodes = list(...GATEWAYS, ...MIXNODES);
  const { rewardedSet } = ANSWERS;
  assertEquals(ids(assembleExtendedTopology({ nodes, rewardedSet })), {
    layers: [[1, 2], [3, 4], [5, 6]],
    gateways: [7, 8],
  });
  const weak = list(
    ...GATEWAYS,
    ...MIXNODES.slice(1),
    mix(1, { performance: "0.3" }),
  );
  const topology = assembleExtendedTopology({
    nodes: weak,
    rewardedSet,
    minimumMixnodePerformance: 60,
    minimumGatewayPerformance: 30,
  });
  assertEquals(topology.layers[0].map(({ nodeId }) => nodeId), [1, 2]);
});

Deno.test("topologyOfFile() makes a topology of a file, of now if it does not say", () => {
  const node = (nodeId: number, entry: boolean) => ({
    nodeId,
    mixHost: { host: "127.0.0.1", port: 10000 + nodeId },
    entry: entry
      ? {
        ipAddresses: ["127.0.0.1"],
        wsPort: 9000,
        hostname: undefined,
        wssPort: undefined,
      }
      : undefined,
    identity: identity(nodeId),
    sphinxKey: identity(nodeId),
    supportedRoles: { mixnode: !entry, entry, exit: entry },
  });
  const mixes = [1, 2, 3].map((id) => {
    const entry = false;
    return node(id, entry);
  });
  const entry = true;
  const file = {
    metadata: { rotationId: 0xffff_ffff, epochId: 0, refreshedAt: undefined },
    rewardedSet: {
      ...REWARDED_SET,
      entryGateways: [4],
      exitGateways: [4],
      layers: [[1], [2], [3]] as const,
    },
    nodes: [...mixes, node(4, entry)],
  };
  const topology = topologyOfFile(file, 123);
  assertEquals(ids(topology), { layers: [[1], [2], [3]], gateways: [4] });
  assertEquals([topology.refreshedAt, topology.rotationId], [123, 0xffff_ffff]);
  assertUnusable(
    () => topologyOfFile({ ...file, nodes: mixes }, 123),
    "of the gateways that it names (1) none is usable",
  );
});
