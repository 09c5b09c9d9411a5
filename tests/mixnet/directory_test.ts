import { assert, assertEquals } from "@std/assert";
import { generateEd25519 } from "../../lib/crypto/ed25519.ts";
import { generateX25519 } from "../../lib/crypto/x25519.ts";
import { startDirectory } from "../../lib/mixnet/directory.ts";
import { assembleTopology } from "../../lib/topology/view.ts";
import { decodeKeyRotationInfo } from "../../lib/wire/directory/key_rotation_info.ts";
import { decodeRewardedSet } from "../../lib/wire/directory/rewarded_set.ts";
import type { SkimmedNode } from "../../lib/wire/directory/skimmed_node.ts";
import {
  decodeSkimmedPage,
  sameSnapshot,
} from "../../lib/wire/directory/skimmed_page.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { seededRandom } from "../support/seeded_random.ts";

const SKIMMED = "v2/unstable/nym-nodes/skimmed";
const NODES: readonly SkimmedNode[] = [1, 2, 3, 4, 5].map(node);
const [MIXES, GATEWAYS] = [NODES.slice(0, 3), NODES.slice(3)];

Deno.test("startDirectory() answers what clients ask for, and our decoders take it", async () => {
  await using directory = startTestDirectory();
  const get = (path: string) => text(`${directory.apiUrl}${path}`);
  const mixes = decodeSkimmedPage(
    await get(`${SKIMMED}/mixnodes/active?page=0`),
  );
  const gateways = decodeSkimmedPage(
    await get(`${SKIMMED}/entry-gateways?page=0&output=bincode`),
  );
  const all = decodeSkimmedPage(await get(SKIMMED));
  assertEquals(mixes.nodes, MIXES);
  assertEquals(gateways.nodes, GATEWAYS);
  assertEquals(all.nodes, NODES);
  assertEquals(all.pagination, { total: 5, page: 0, size: 5 });
  assert(sameSnapshot(mixes.metadata, gateways.metadata));
  const rewarded = decodeRewardedSet(await get("v1/nym-nodes/rewarded-set"));
  assertEquals(rewarded.layers, [[1], [2], [3]]);
  assertEquals(rewarded.entryGateways, [4, 5]);
  const info = decodeKeyRotationInfo(await get("v1/epoch/key-rotation-info"));
  assertEquals(info.progress.rotationId, mixes.metadata.rotationId);
  assertEquals(info.currentEpochId, rewarded.epochId);
});

Deno.test("startDirectory() answers make a topology with a route", async () => {
  await using directory = startTestDirectory();
  const get = (path: string) => text(`${directory.apiUrl}${path}`);
  const topology = assembleTopology({
    mixnodes: decodeSkimmedPage(await get(`${SKIMMED}/mixnodes/active`)),
    gateways: decodeSkimmedPage(await get(`${SKIMMED}/entry-gateways`)),
    rewardedSet: decodeRewardedSet(await get("v1/nym-nodes/rewarded-set")),
  });
  assertEquals(topology.layers.map((layer) => layer.length), [1, 1, 1]);
  assertEquals(topology.gateways.size, 2);
});

Deno.test("startDirectory() tells nodes that no link is encrypted", async () => {
  await using directory = startTestDirectory();
  const page = JSON.parse(
    await text(`${directory.apiUrl}v2/unstable/nym-nodes/semi-skimmed?page=0`),
  );
  assertEquals(page.nodes.pagination.total, 5);
  assertEquals(
    page.nodes.data.map(Object.keys),
    new Array(5).fill([
      "basic",
      "x25519_noise_versioned_key",
    ]),
  );
  assertEquals(page.nodes.data[3].basic.entry.ws_port, 9004);
  assertEquals(page.nodes.data[3].x25519_noise_versioned_key, null);
});

Deno.test("startDirectory() serves the same without its prefix", async () => {
  await using directory = startTestDirectory();
  const { origin } = new URL(directory.apiUrl);
  const path = "v1/nym-nodes/rewarded-set";
  assertEquals(
    await text(`${origin}/${path}/`),
    await text(`${directory.apiUrl}${path}`),
  );
});

Deno.test("startDirectory() lets any web page read it", async () => {
  await using directory = startTestDirectory();
  const url = `${directory.apiUrl}v1/epoch/key-rotation-info`;
  const response = await fetch(url);
  await response.body?.cancel();
  assertEquals(response.headers.get("access-control-allow-origin"), "*");
  assertEquals(response.headers.get("content-type"), "application/json");
  const preflight = await fetch(url, { method: "OPTIONS" });
  assertEquals(preflight.status, 204);
});

Deno.test("startDirectory() refuses what it does not have, and counts", async () => {
  await using directory = startTestDirectory();
  const statuses: number[] = [];
  for (
    const [path, method] of [
      ["v1/nothing", "GET"],
      ["", "GET"],
      ["constructor", "GET"],
      [SKIMMED, "POST"],
      [SKIMMED, "GET"],
    ] as const
  ) {
    const response = await fetch(`${directory.apiUrl}${path}`, { method });
    statuses.push(response.status);
    await response.body?.cancel();
  }
  assertEquals(statuses, [404, 404, 404, 405, 200]);
  const { directoryMisses, directoryRequests } = directory.counters();
  assertEquals([directoryMisses, directoryRequests], [3, 2]);
});

Deno.test("publish() changes what is answered from then on", async () => {
  await using directory = startTestDirectory();
  const page = async () =>
    decodeSkimmedPage(await text(`${directory.apiUrl}${SKIMMED}`));
  const before = await page();
  directory.publish({ nodes: MIXES, rotations: 2 });
  const after = await page();
  assertEquals(after.nodes, MIXES);
  assertEquals(after.metadata.rotationId, before.metadata.rotationId + 2);
});

function startTestDirectory() {
  return startDirectory({ network: { nodes: NODES }, clock: new FakeClock() });
}

async function text(url: string): Promise<string> {
  const response = await fetch(url);
  assertEquals(response.status, 200);
  return await response.text();
}

function node(nodeId: number): SkimmedNode {
  const random = seededRandom(nodeId);
  const isGateway = nodeId > 3;
  return {
    nodeId,
    identity: generateEd25519(random).public,
    ipAddresses: ["127.0.0.1"],
    mixPort: 1000 + nodeId,
    sphinxKey: generateX25519(random).public,
    role: isGateway
      ? { kind: "entryGateway" }
      : { kind: "mixnode", layer: nodeId as 1 | 2 | 3 },
    supportedRoles: {
      mixnode: !isGateway,
      entry: isGateway,
      exitRequester: isGateway,
      exitRouter: isGateway,
    },
    entry: isGateway
      ? { hostname: undefined, wsPort: 9000 + nodeId, wssPort: undefined }
      : undefined,
    performance: "1",
  };
}
