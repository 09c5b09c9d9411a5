import { assert, assertEquals, assertRejects } from "@std/assert";
import { memoryStores } from "../../lib/client/memory_stores.ts";
import { Outbox } from "../../lib/client/outbox.ts";
import type { OutboxPacket } from "../../lib/client/outbox_packet.ts";
import { Outgoing } from "../../lib/client/outgoing.ts";
import { OwnCover } from "../../lib/client/own_cover.ts";
import { PacketFactory } from "../../lib/client/packet_factory.ts";
import { SurbStock } from "../../lib/client/surb_stock.ts";
import { encodeBase58 } from "../../lib/bytes/base58.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { generateX25519 } from "../../lib/crypto/x25519.ts";
import { EXIT, NymError } from "../../lib/errors.ts";
import { type DebugConfig, DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { generateClientKeys } from "../../lib/home/keys.ts";
import type { Target } from "../../lib/mailbox/mailbox.ts";
import { nymMessageParts } from "../../lib/message/nym_message.ts";
import { newSenderTag } from "../../lib/message/sender_tag.ts";
import type { RoutingNode } from "../../lib/topology/node.ts";
import type { Topology } from "../../lib/topology/view.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { pattern } from "../support/mixnet_clients.ts";
import { seededRandom } from "../support/seeded_random.ts";

const random = seededRandom(1);
const keys = generateClientKeys(random);
const nodes = [1, 2, 3, 4].map((nodeId): RoutingNode => ({
  nodeId,
  identity: random(32),
  sphinxKey: generateX25519(random).public,
  mixHost: { host: "127.0.0.1", port: 1000 + nodeId },
  entry: undefined,
  performance: 100,
  roles: { mixnode: true, entry: true, exit: true },
}));
const gateway = nodes[3]!;
const self = {
  identity: keys.identity.public,
  encryption: keys.encryption.public,
  gateway: gateway.identity,
};
const to: Target = { kind: "recipient", recipient: self };

function topology(): Topology {
  return {
    rotationId: 3,
    epochId: 1,
    refreshedAt: 0,
    layers: [[nodes[0]!], [nodes[1]!], [nodes[2]!]],
    gateways: new Map([[encodeBase58(gateway.identity), gateway]]),
  };
}

async function start(traffic: Partial<DebugConfig["traffic"]> = {}) {
  await cryptoReady();
  const clock = new FakeClock();
  const settings = {
    ...DEFAULT_DEBUG,
    traffic: { ...DEFAULT_DEBUG.traffic, averagePacketDelay: 0, ...traffic },
    acknowledgements: { ...DEFAULT_DEBUG.acknowledgements, averageAckDelay: 0 },
  };
  const network = { topology: topology() };
  const factory = new PacketFactory({
    keys,
    self,
    settings,
    topology: () => network.topology,
    random,
  });
  const stock = new SurbStock(memoryStores().surbs);
  let losses = 0;
  const outbox = new Outbox({
    clock,
    random,
    settings,
    self,
    factory,
    stock,
    ownCover: new OwnCover(),
    onLoss: () => losses++,
  });
  const stop = new AbortController();
  const running = outbox.run(stop.signal);
  return {
    clock,
    network,
    factory,
    stock,
    outbox,
    losses: () => losses,
    add(data: Uint8Array, target: Target = to): Outgoing {
      const cut = factory.cut(
        target.kind === "reply"
          ? nymMessageParts({ kind: "reply", content: { kind: "data", data } })
          : nymMessageParts({ kind: "plain", data }),
      );
      const message: Outgoing = outbox.add(
        cut,
        target,
        "general",
        (onFailed) =>
          new Outgoing("", cut.fragments.length, {
            onOver: () => message.failed && onFailed(),
            onRoom: () => {},
          }),
      );
      return message;
    },
    /** Everything that can be built now leaves. */
    flush(): OutboxPacket[] {
      const packets: OutboxPacket[] = [];
      for (
        let packet = outbox.buildReal();
        packet !== undefined;
        packet = outbox.buildReal()
      ) {
        packet.sent();
        packets.push(packet);
      }
      return packets;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

Deno.test("Outbox repeats a packet with the same fragment and everything else new, until it is acknowledged", async () => {
  await using bench = await start();
  const message = bench.add(pattern(10));
  const [first] = bench.flush();
  await message.reached("flushed");
  const again: OutboxPacket[] = [];
  for (const wait of [1500, 1500, 1500]) {
    await bench.clock.advance(wait - 1);
    assertEquals(bench.flush(), []);
    await bench.clock.advance(1);
    again.push(...bench.flush());
  }
  assertEquals(again.map(({ prepared }) => prepared.id), [
    first!.prepared.id,
    first!.prepared.id,
    first!.prepared.id,
  ]);
  const packets = [first!, ...again].map(({ prepared }) =>
    prepared.packet.toHex()
  );
  assertEquals(new Set(packets).size, 4);
  bench.outbox.acknowledged(first!.prepared.id);
  await message.reached("acked");
  await bench.clock.advance(10_000);
  assertEquals(bench.flush(), []);
  assertEquals([bench.outbox.counters.retransmissions, bench.losses()], [3, 3]);
  assertEquals(bench.outbox.unacknowledged, 0);
});

Deno.test("Outbox does not send a repetition whose acknowledgement came while it waited", async () => {
  await using bench = await start();
  bench.add(pattern(10));
  const [first] = bench.flush();
  await bench.clock.advance(1500);
  const built = bench.outbox.buildReal();
  assert(built!.wanted());
  bench.outbox.acknowledged(first!.prepared.id);
  assert(!built!.wanted());
});

Deno.test("Outbox gives a message up when its repetitions are used up, and takes back the rest", async () => {
  await using bench = await start({ maximumNumberOfRetransmissions: 2 });
  const message = bench.add(pattern(50_000));
  const first = bench.outbox.buildReal()!;
  first.sent();
  for (let i = 0; i < 2; i++) {
    await bench.clock.advance(1500);
    // Chance decides whether the repetition or a new packet is built first; the others are never sent.
    let again = bench.outbox.buildReal()!;
    while (again.prepared.id.index !== first.prepared.id.index) {
      again = bench.outbox.buildReal()!;
    }
    again.sent();
  }
  const failed = assertRejects(() => message.reached("acked"), NymError);
  await bench.clock.advance(3000);
  const error = await failed;
  assertEquals([error.exitCode, error.mayArrive], [EXIT.lost, true]);
  assert(bench.outbox.lanes.empty);
  assertEquals(bench.outbox.unacknowledged, 0);
});

Deno.test("Outbox tries a way that is gone again later", async () => {
  await using bench = await start();
  const message = bench.add(pattern(10));
  bench.network.topology = { ...topology(), gateways: new Map() };
  assertEquals(bench.flush(), []);
  assertEquals(bench.outbox.buildCover(), undefined);
  assertEquals(bench.outbox.counters.unroutable, 2);
  bench.network.topology = topology();
  await bench.clock.advance(1500);
  const [packet] = bench.flush();
  await message.reached("flushed");
  assertEquals(bench.outbox.counters.retransmissions, 0);
  bench.outbox.acknowledged(packet!.prepared.id);
  await message.reached("acked");
});

Deno.test("Outbox keeps new packets back while too many are not acknowledged, but not repetitions", async () => {
  await using bench = await start({
    disableMainPoissonPacketDistribution: true,
  });
  bench.add(pattern(200_000));
  const sent = bench.flush();
  assertEquals(sent.length, bench.outbox.window);
  assert(!bench.outbox.waiting);
  bench.outbox.acknowledged(sent[0]!.prepared.id);
  assert(bench.outbox.waiting);
  // One has arrived, and the window has grown by one.
  const more = bench.flush();
  assertEquals(more.length, 2);
  await bench.clock.advance(1500);
  assert(bench.outbox.waiting);
  const again = bench.outbox.buildReal()!.prepared.id;
  assert(
    [...sent, ...more].some(({ prepared }) =>
      prepared.id.index === again.index
    ),
  );
});

Deno.test("Outbox takes a new reply block for each repetition of a reply", async () => {
  await using bench = await start();
  const senderTag = newSenderTag(random);
  const surbs = Array.from({ length: 13 }, () => bench.factory.surb());
  bench.outbox.replies.received(senderTag, surbs, { answered: false });
  const message = bench.add(pattern(10), { kind: "reply", senderTag });
  const [first] = bench.flush();
  assertEquals(bench.stock.available(senderTag), 12);
  await bench.clock.advance(1545);
  const [second] = bench.flush();
  assertEquals(bench.stock.available(senderTag), 11);
  assertEquals(second!.prepared.id, first!.prepared.id);
  const header = (packet: OutboxPacket) => packet.prepared.packet.slice(0, 348);
  assert(header(first!).toHex() !== header(second!).toHex());
  bench.outbox.acknowledged(second!.prepared.id);
  await message.reached("acked");
});

Deno.test("Outbox gives a request for reply blocks up after ten repetitions, and asks anew", async () => {
  await using bench = await start();
  const senderTag = newSenderTag(random);
  const surbs = Array.from({ length: 30 }, () => bench.factory.surb());
  bench.outbox.replies.received(senderTag, surbs.slice(0, 9), {
    answered: false,
  });
  // Fewer than ten: one goes into a request.
  assertEquals(bench.flush().length, 1);
  for (const times of [1, 1, 2, 4, 8, 16, 32, 40]) {
    await bench.clock.advance(1600 * times);
    assertEquals(bench.flush().length, 1);
  }
  // The blocks are used up before the repetitions are.
  await bench.clock.advance(60_000);
  assertEquals(bench.flush(), []);
  assertEquals(bench.outbox.unacknowledged, 0);
  bench.outbox.replies.received(senderTag, surbs.slice(9, 14), {
    answered: false,
  });
  assertEquals(bench.flush().length, 1);
});
