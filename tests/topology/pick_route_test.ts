import { assert, assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProtocolError, UsageError } from "../../lib/errors.ts";
import { findGateway, pickRoute } from "../../lib/topology/pick_route.ts";
import { assembleTopology } from "../../lib/topology/view.ts";
import { hex } from "../support/hex.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { gateway, identity, list, mix, REWARDED_SET } from "./samples.ts";

const TOPOLOGY = assembleTopology({
  mixnodes: list(...[1, 2, 3, 4, 5, 6].map((id) => mix(id))),
  gateways: list(gateway(7), gateway(8)),
  rewardedSet: REWARDED_SET,
});

Deno.test("pickRoute() goes through one node of each layer to the gateway", () => {
  const { nodes, hops, firstHop } = pickRoute(
    TOPOLOGY,
    identity(8),
    seededRandom(1),
  );
  assertEquals(nodes.length, 4);
  for (const [index, layer] of TOPOLOGY.layers.entries()) {
    assert(layer.includes(nodes[index]!));
  }
  assertEquals(nodes[3]!.nodeId, 8);
  assertEquals(firstHop, nodes[0]!.mixHost);
  assertEquals(
    hops.map(({ address, publicKey }) => [hex(address), publicKey]),
    nodes.map(({ nodeId, sphinxKey }) => [
      `0406fd0a00000${nodeId}`.padEnd(64, "0"),
      sphinxKey,
    ]),
  );
});

Deno.test("pickRoute() draws every route, each about as often", () => {
  const random = seededRandom(2);
  const counts = new Map<string, number>();
  const runs = 4000;
  for (let run = 0; run < runs; run++) {
    const { nodes } = pickRoute(TOPOLOGY, identity(7), random);
    const key = nodes.map(({ nodeId }) => nodeId).join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assertEquals(counts.size, 8);
  const expected = runs / 8;
  const chiSquared = [...counts.values()]
    .map((count) => (count - expected) ** 2 / expected)
    .reduce((sum, term) => sum + term);
  // The seed is fixed; 24.3 is the 99.9th percentile of 7 degrees of freedom.
  assert(chiSquared < 24.3, `chi-squared is ${chiSquared}`);
});

Deno.test("pickRoute() repeats with the same randomness", () => {
  const pick = () => pickRoute(TOPOLOGY, identity(7), seededRandom(3)).nodes;
  assertEquals(pick(), pick());
});

Deno.test("pickRoute() without mix hops goes to the gateway alone", () => {
  const options = { mixHops: false };
  const random = seededRandom(1);
  const route = pickRoute(TOPOLOGY, identity(8), random, options);
  assertEquals(route.nodes.map(({ nodeId }) => nodeId), [8]);
  assertEquals(route.firstHop, { host: "10.0.0.8", port: 1789 });
});

Deno.test("pickRoute() refuses a gateway that is not on the network, by name", () => {
  for (const stranger of [identity(99), identity(1)]) {
    const error = assertThrows(
      () => pickRoute(TOPOLOGY, stranger, seededRandom(1)),
      UsageError,
    );
    assertEquals(error.exitCode, EXIT.address);
  }
  const error = assertThrows(() => findGateway(TOPOLOGY, identity(99)));
  assertEquals(
    (error as Error).message,
    "Cannot reach gateway 7gyGAp…: it is not on this network, which has 2 others",
  );
});

Deno.test("pickRoute() refuses an empty layer", () => {
  const [first, , third] = TOPOLOGY.layers;
  const topology = { ...TOPOLOGY, layers: [first, [], third] as const };
  const error = assertThrows(
    () => pickRoute(topology, identity(7), seededRandom(1)),
    ProtocolError,
    "layer 2 has no mix node",
  );
  assertEquals(error.exitCode, EXIT.down);
});

Deno.test("pickRoute() draws from layers of one without bias to the draw", () => {
  const topology = assembleTopology({
    mixnodes: list(mix(1), mix(3), mix(5)),
    gateways: list(gateway(7)),
    rewardedSet: REWARDED_SET,
  });
  const { nodes } = pickRoute(topology, identity(7), seededRandom(4));
  assertEquals(nodes.map(({ nodeId }) => nodeId), [1, 3, 5, 7]);
});
