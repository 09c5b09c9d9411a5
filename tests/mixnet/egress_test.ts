import { assertEquals } from "@std/assert";
import type { Clock } from "../../lib/async/clock.ts";
import type { NodeAddress } from "../../lib/message/node_address.ts";
import { PACKET_SIZE } from "../../lib/message/packet_size.ts";
import { Counters } from "../../lib/mixnet/counters.ts";
import { Egress } from "../../lib/mixnet/egress.ts";
import { Faults } from "../../lib/mixnet/faults.ts";
import { listenTcp } from "../../lib/transport/tcp.ts";
import type { MixFrame } from "../../lib/wire/mix/frame.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { MixNeighbour } from "../support/mix_neighbour.ts";

Deno.test("Egress opens one connection per next hop, when the first packet comes, and keeps it", async () => {
  await using egress = open();
  await using near = MixNeighbour.open();
  await using far = MixNeighbour.open();
  assertEquals(near.connections, 0);
  for (let n = 0; n < 5; n++) egress.send(near.address, n);
  egress.send(far.address, 9);
  for (let n = 0; n < 5; n++) assertEquals(await number(near), n);
  assertEquals(await number(far), 9);
  egress.send(near.address, 5);
  assertEquals(await number(near), 5);
  assertEquals([near.connections, far.connections], [1, 1]);
});

Deno.test("Egress drops and counts what does not fit into the queue of a next hop", async () => {
  const clock = new FakeClock();
  await using egress = open({ clock, queueCapacity: 10 });
  const closed = await freeAddress();
  for (let n = 0; n < 30; n++) egress.send(closed, n);
  const before = egress.counters.get("egressQueueFull");
  assertEquals(before, 20);
  // The first batch is in the writer's hands by now; its queue takes as many again.
  await clock.advance(0);
  for (let n = 0; n < 30; n++) egress.send(closed, n);
  assertEquals(egress.counters.get("egressQueueFull"), 40);
});

Deno.test("Egress drops what a next hop that stalls has no room for", async () => {
  await using egress = open({ queueCapacity: 10 });
  using listener = stalled();
  // Far more than the socket's buffers hold.
  for (let n = 0; n < 1000; n++) {
    egress.send(listener.address, n, "extended32");
    if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  while (egress.counters.get("egressQueueFull") === 0) {
    egress.send(listener.address, 0, "extended32");
    await new Promise((resolve) => setImmediate(resolve));
  }
});

Deno.test("Egress keeps trying to connect, and delivers when the next hop comes up", async () => {
  const clock = new FakeClock();
  await using egress = open({ clock });
  const address = await freeAddress();
  egress.send(address, 1);
  while (clock.sleepers === 0) await nextTurn();
  await using late = MixNeighbour.open({ port: address.port });
  await clock.advance(200);
  assertEquals(await number(late), 1);
});

Deno.test("Egress gives up on a next hop that stays away, counts, and tries anew for the next packet", async () => {
  const clock = new FakeClock();
  await using egress = open({ clock });
  const address = await freeAddress();
  for (let n = 0; n < 3; n++) egress.send(address, n);
  while (egress.counters.get("egressUnreachable") < 3) {
    await clock.advance(1000);
  }
  await using late = MixNeighbour.open({ port: address.port });
  egress.send(address, 7);
  assertEquals(await number(late), 7);
});

Deno.test("Egress connects again after its next hop was restarted", async () => {
  await using egress = open();
  let port = 0;
  for (let life = 0; life < 3; life++) {
    await using neighbour = MixNeighbour.open({ port });
    port = neighbour.address.port;
    // Until the end of the last life has shown, a packet can still go into the old connection.
    do {
      egress.send(neighbour.address, life);
      await nextTurn();
    } while (neighbour.waiting === 0);
    assertEquals(await number(neighbour), life);
  }
});

Deno.test("Egress counts what waits when it stops", async () => {
  const clock = new FakeClock();
  const egress = open({ clock });
  const address = await freeAddress();
  egress.send(address, 1);
  egress.send(address, 2);
  egress.send(address, 3, "regular", 500);
  while (clock.sleepers < 2) await nextTurn();
  await egress[Symbol.asyncDispose]();
  assertEquals(egress.counters.get("unsentAtStop"), 3);
});

Deno.test("Egress has 512 next hops at most, and forgets idle ones to make room", async () => {
  const clock = new FakeClock();
  await using egress = open({ clock });
  await using neighbour = MixNeighbour.open();
  const { port } = await freeAddress();
  for (let n = 0; n < 600; n++) {
    // All of 127.0.0.0/8 is this machine.
    egress.send({ host: `127.1.${n >> 8}.${n & 255}`, port }, n);
  }
  assertEquals(egress.counters.get("egressUnreachable"), 600 - 512);
  while (egress.counters.get("egressUnreachable") < 600) {
    await clock.advance(1000);
  }
  egress.send(neighbour.address, 3);
  assertEquals(await number(neighbour), 3);
});

function open(
  options: { clock?: Clock; queueCapacity?: number } = {},
) {
  const counters = new Counters();
  const clock = options.clock ?? new FakeClock();
  const egress = new Egress({
    clock,
    counters,
    faults: new Faults("node", 1),
    frameVersion: 7,
    queueCapacity: options.queueCapacity,
    onFailure: reportError,
  });
  return {
    counters,
    send(
      nextHop: NodeAddress,
      n: number,
      packetSize: MixFrame["packetSize"] = "regular",
      delay = 0,
    ) {
      const frame = numbered(n, packetSize);
      egress.send({ frame, nextHop }, clock.now() + delay);
    },
    [Symbol.asyncDispose]: () => egress[Symbol.asyncDispose](),
  };
}

function numbered(n: number, packetSize: MixFrame["packetSize"]): MixFrame {
  const packet = new Uint8Array(PACKET_SIZE[packetSize].total);
  packet[0] = n;
  return { packetSize, packetType: 0, rotation: "unknown", packet };
}

async function number(neighbour: MixNeighbour): Promise<number> {
  return (await neighbour.frame()).packet[0]!;
}

/** Where nobody listens. */
async function freeAddress(): Promise<NodeAddress> {
  await using listener = listenTcp({ host: "127.0.0.1", port: 0 });
  return { host: "127.0.0.1", port: listener.port };
}

/** A next hop that accepts connections and never reads. */
function stalled(): Disposable & { address: NodeAddress } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return {
    address: { host: "127.0.0.1", port: listener.addr.port },
    [Symbol.dispose]: () => listener.close(),
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
