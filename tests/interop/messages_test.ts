import { assert, assertEquals } from "@std/assert";
import { systemRandom } from "../../lib/crypto/random.ts";
import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import type { Mixnet } from "../../lib/mixnet/running_mixnet.ts";
import { FAST, openFast } from "../support/mixnet_clients.ts";
import { exchange, startOfficial } from "./pair.ts";

/** The network and the processes live as long as the whole test, which checks that nothing is left of them. */
const STEP = { sanitizeOps: false, sanitizeResources: false };

/** Cover as every client sends it, and acknowledgements that come in time on loopback. */
const COVERED = { ...DEFAULT_DEBUG, acknowledgements: FAST.acknowledgements };

function assertClean(net: Mixnet): void {
  const counters = net.counters();
  assertEquals(counters.malformedPackets, 0);
  assertEquals(counters.malformedMessages, 0);
  assertEquals(counters.replayedPackets, 0);
}

const ONE_PACKET = {
  there: systemRandom(1000),
  back: new TextEncoder().encode("hello"),
};
const MANY_PACKETS = {
  there: systemRandom(100_000),
  back: systemRandom(100_000),
};

Deno.test("our client and the official one exchange messages", async (t) => {
  await using net = await startMixnet({ gateways: 2, seed: 5 });
  await using official = await startOfficial(net);
  const gateway = net.node("gateway2").identity;
  await using ours = await openFast(net, { gateway });
  await t.step({
    name: "of one packet",
    fn: () => exchange(ours, official, ONE_PACKET),
    ...STEP,
  });
  await t.step({
    name: "of nothing at all",
    fn: () =>
      exchange(ours, official, {
        there: new Uint8Array(0),
        back: new Uint8Array(0),
      }),
    ...STEP,
  });
  await t.step({
    name: "of 100 KB",
    fn: () => exchange(ours, official, MANY_PACKETS),
    ...STEP,
  });
  assertClean(net);
  await t.step({
    name: "of 100 KB while every node loses five percent of the packets",
    async fn() {
      for (const node of net.nodes) node.setFaults({ loss: 5 });
      await exchange(ours, official, MANY_PACKETS);
      for (const node of net.nodes) node.setFaults({ loss: 0 });
      assert(net.counters().lostPackets > 0);
      assert(ours.counters.outbox.retransmissions > 0);
    },
    ...STEP,
  });
});

Deno.test("our client and the official one exchange messages under cover traffic", async (t) => {
  await using net = await startMixnet({ seed: 5 });
  await using official = await startOfficial(net, { cover: true });
  await using ours = await openFast(net, { settings: COVERED });
  await t.step({
    name: "of one packet",
    fn: () => exchange(ours, official, ONE_PACKET),
    ...STEP,
  });
  await t.step({
    name: "of 100 KB",
    fn: () => exchange(ours, official, MANY_PACKETS),
    ...STEP,
  });
  assertClean(net);
  const { cover } = ours.counters.outbox;
  assert(cover > 0 && net.counters().clientPackets > cover);
});
