import { assert, assertEquals } from "@std/assert";
import { encodeBase58 } from "../../lib/bytes/base58.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import type { Mixnet } from "../../lib/mixnet/running_mixnet.ts";
import {
  OfficialClient,
  type OfficialClientSettings,
} from "../support/official_client.ts";

/** The limit of each step: official clients send again what is lost after 1.6 seconds. */
const PATIENCE_MS = 30_000;

Deno.test("two official clients talk to each other through our nodes and gateways", async () => {
  await using net = await startMixnet({ gateways: 2 });
  await using near = await start(net, "near", "gateway1");
  await using far = await start(net, "far", "gateway2");
  const hello = new TextEncoder().encode("hello");
  await near.send(far.address, hello);
  assertEquals(await receive(far), hello);
  const large = systemRandom(100_000);
  await far.send(near.address, large);
  assertEquals(await receive(near), large);
  const question = systemRandom(500);
  await near.send(far.address, question, 5);
  const { body, senderTag } = await far.receive(
    AbortSignal.timeout(PATIENCE_MS),
  );
  assertEquals(body, question);
  assert(senderTag !== null);
  const answer = systemRandom(2000);
  await far.reply(senderTag, answer);
  assertEquals(await receive(near), answer);
  const counters = net.counters();
  assertEquals(counters.malformedPackets, 0);
  assertEquals(counters.malformedMessages, 0);
  assertEquals(counters.replayedPackets, 0);
  // One packet, 63 packets, the question and the answer in two each, and what the clients say about reply blocks.
  assert(counters.acksSent >= 68, `${counters.acksSent}`);
});

Deno.test("official clients talk with cover traffic on, whose packets our nodes take too", async () => {
  await using net = await startMixnet({ frameVersion: 8 });
  const settings = { cover: true };
  await using near = await start(net, "near", "gateway1", settings);
  await using far = await start(net, "far", "gateway1", settings);
  const message = systemRandom(10_000);
  await near.send(far.address, message);
  assertEquals(await receive(far), message);
  const { clientPackets, malformedPackets } = net.counters();
  // Seven packets carry the message.
  assert(clientPackets > 20, `${clientPackets}`);
  assertEquals(malformedPackets, 0);
});

Deno.test("official clients lose nothing through a network that loses, delays, doubles and reorders packets", async () => {
  await using net = await startMixnet({
    loss: 10,
    delay: 5,
    duplicate: 10,
    reorder: 10,
    seed: 1,
  });
  await using near = await start(net, "near", "gateway1");
  await using far = await start(net, "far", "gateway1");
  const message = systemRandom(50_000);
  await near.send(far.address, message);
  assertEquals(await receive(far), message);
  const counters = net.counters();
  assert(counters.lostPackets > 0);
  assert(counters.duplicatedPackets > 0);
  assert(counters.reorderedPackets > 0);
});

Deno.test("an official client registers and talks with every protocol version that our gateways can announce", async () => {
  for (const announced of [3, 4, 5, 6] as const) {
    await using net = await startMixnet({ announced });
    await using client = await start(net, "own", "gateway1");
    const message = systemRandom(100);
    await client.send(client.address, message);
    assertEquals(await receive(client), message);
  }
});

async function start(
  net: Mixnet,
  id: string,
  gateway: string,
  settings: Partial<OfficialClientSettings> = {},
): Promise<OfficialClient> {
  return await OfficialClient.start({
    id,
    apiUrl: net.apiUrl,
    gateway: encodeBase58(net.node(gateway).identity),
    ...settings,
  });
}

async function receive(client: OfficialClient): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return (await client.receive(signal)).body;
}
