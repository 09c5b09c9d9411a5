import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { systemRandom } from "../../lib/crypto/random.ts";
import { generateX25519 } from "../../lib/crypto/x25519.ts";
import type { MixPacket } from "../../lib/message/mix_packet.ts";
import type { NodeAddress } from "../../lib/message/node_address.ts";
import type { MixnetEvent } from "../../lib/mixnet/events.ts";
import type { RunningNode } from "../../lib/mixnet/node.ts";
import { connectTcp } from "../../lib/transport/tcp.ts";
import { encodeMixFrame, mixFrameOf } from "../../lib/wire/mix/frame.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { handBuilt, NO_ACK } from "../support/hand_built.ts";
import { MixNeighbour, sendFrames } from "../support/mix_neighbour.ts";
import { counted, hop, nonZero, startTestMixNode } from "./fixtures.ts";

Deno.test("a mix node takes one layer off and sends the rest to the next hop", async () => {
  await using node = await startTestMixNode();
  await using neighbour = MixNeighbour.open();
  const sent = mixFrameOf(through(node, neighbour.address));
  using _sender = disposable(await sendFrames(node.mixAddress, [sent]));
  const received = await neighbour.frame();
  assertEquals(received.packetSize, "regular");
  assertEquals(received.packet.length, sent.packet.length);
  assertNotEquals(received.packet, sent.packet);
  await counted(node, "packetsSent");
  assertEquals(nonZero(node.counters()), {
    packetsReceived: 1,
    packetsSent: 1,
  });
});

Deno.test("a mix node reads frames of both versions, and writes the one it is told to", async () => {
  for (const [frameVersion, kept] of [[7, "unknown"], [8, "odd"]] as const) {
    await using node = await startTestMixNode({ frameVersion });
    await using neighbour = MixNeighbour.open();
    for (const version of [7, 8] as const) {
      const packet = through(node, neighbour.address);
      const frame = { ...mixFrameOf(packet), rotation: "odd" } as const;
      using _sender = disposable(
        await sendFrames(node.mixAddress, [frame], version),
      );
      const { rotation } = await neighbour.frame();
      assertEquals(rotation, version === 8 ? kept : "unknown");
    }
    assertEquals(neighbour.firstBytes[0], frameVersion);
  }
});

Deno.test("a mix node copies the size of every class of packets", async () => {
  await using node = await startTestMixNode();
  await using neighbour = MixNeighbour.open();
  const ack = handBuilt({
    route: [hop(node), nowhere(neighbour.address)],
    destination: systemRandom(32),
    payload: systemRandom(21),
  });
  const data = through(node, neighbour.address);
  using _sender = disposable(
    await sendFrames(node.mixAddress, [ack, data].map(mixFrameOf)),
  );
  assertEquals((await neighbour.frame()).packetSize, "ack");
  assertEquals((await neighbour.frame()).packetSize, "regular");
});

Deno.test("a mix node holds a packet until the deadline in its header, counted from its arrival", async () => {
  const clock = new FakeClock();
  await using node = await startTestMixNode({ clock });
  await using neighbour = MixNeighbour.open();
  const frames = [80, 30].map((delay) =>
    mixFrameOf(through(node, neighbour.address, delay))
  );
  using _sender = disposable(await sendFrames(node.mixAddress, frames));
  await counted(node, "packetsReceived", 2);
  await clock.advance(28);
  assertEquals(node.counters().packetsSent, 0);
  await clock.advance(2);
  await counted(node, "packetsSent", 1);
  await clock.advance(48);
  assertEquals(node.counters().packetsSent, 1);
  await clock.advance(2);
  await counted(node, "packetsSent", 2);
});

Deno.test("a mix node holds no packet longer than 10 seconds", async () => {
  const clock = new FakeClock();
  await using node = await startTestMixNode({ clock });
  await using neighbour = MixNeighbour.open();
  const frame = mixFrameOf(through(node, neighbour.address, 3_600_000));
  using _sender = disposable(await sendFrames(node.mixAddress, [frame]));
  await counted(node, "packetsReceived");
  await clock.advance(9990);
  assertEquals(node.counters().packetsSent, 0);
  await clock.advance(10);
  await counted(node, "packetsSent");
});

Deno.test("a mix node drops a packet that was here before", async () => {
  await using node = await startTestMixNode();
  await using neighbour = MixNeighbour.open();
  const [one, two] = [1, 2].map(() =>
    mixFrameOf(through(node, neighbour.address))
  );
  using _sender = disposable(
    await sendFrames(node.mixAddress, [one!, one!, two!, one!]),
  );
  await counted(node, "packetsSent", 2);
  await counted(node, "replayedPackets", 2);
  await neighbour.frame();
  await neighbour.frame();
  assertEquals(neighbour.waiting, 0);
});

Deno.test("a replay is a replay on another connection, in another frame version, with another payload", async () => {
  await using node = await startTestMixNode();
  await using neighbour = MixNeighbour.open();
  const frame = mixFrameOf(through(node, neighbour.address));
  const changed = { ...frame, packet: frame.packet.slice() };
  changed.packet[2000]! ^= 1;
  using _first = disposable(await sendFrames(node.mixAddress, [frame]));
  await counted(node, "packetsSent");
  using _second = disposable(await sendFrames(node.mixAddress, [frame], 8));
  using _third = disposable(await sendFrames(node.mixAddress, [changed]));
  await counted(node, "replayedPackets", 2);
});

Deno.test("a mix node drops packets with a flipped bit in the header, and goes on", async () => {
  await using node = await startTestMixNode();
  await using neighbour = MixNeighbour.open();
  const flipped = [0, 31, 32, 47, 48, 347].map((at) => {
    const frame = mixFrameOf(through(node, neighbour.address));
    frame.packet[at]! ^= 0x40;
    return frame;
  });
  const whole = mixFrameOf(through(node, neighbour.address));
  using _sender = disposable(
    await sendFrames(node.mixAddress, [...flipped, whole]),
  );
  await neighbour.frame();
  assertEquals(node.counters().malformedPackets, 6);
  assertEquals(neighbour.waiting, 0);
});

Deno.test("a mix node is no last hop", async () => {
  await using node = await startTestMixNode();
  const packet = handBuilt({
    route: [hop(node)],
    destination: systemRandom(32),
    payload: new Uint8Array(1643),
    ack: NO_ACK,
  });
  using _sender = disposable(
    await sendFrames(node.mixAddress, [mixFrameOf(packet)]),
  );
  await counted(node, "misroutedPackets");
});

Deno.test("a mix node connects to no host that it does not know", async () => {
  await using node = await startTestMixNode();
  const addresses = [
    { host: "192.0.2.1", port: 1789 },
    { host: "2001:db8::1", port: 1789 },
    { host: "127.0.0.1", port: 0 },
  ];
  const frames = addresses.map((address) => mixFrameOf(through(node, address)));
  using _sender = disposable(await sendFrames(node.mixAddress, frames));
  await counted(node, "egressRefused", 3);
});

Deno.test("bytes that are no frames close their connection, and no other", async () => {
  await using node = await startTestMixNode();
  await using neighbour = MixNeighbour.open();
  const whole = encodeMixFrame(mixFrameOf(through(node, neighbour.address)), 7);
  const malformed = [
    Uint8Array.of(6, 1, 0),
    Uint8Array.of(9, 1, 0),
    Uint8Array.of(7, 0, 0),
    Uint8Array.of(7, 1, 1),
    Uint8Array.of(7, 6, 2),
    Uint8Array.of(8, 1, 0, 3),
    new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"),
    Uint8Array.from([...whole, 0xff]),
  ];
  using healthy = disposable(await connectTcp(node.mixAddress));
  await healthy.connection.write(whole.subarray(0, 1000));
  for (const bytes of malformed) {
    using sender = disposable(await connectTcp(node.mixAddress));
    await sender.connection.write(bytes);
    assertEquals(await ended(sender.connection), 0);
  }
  assertEquals(node.counters().malformedFrames, malformed.length);
  // One frame came whole in front of its bad neighbour, and makes the healthy one a replay.
  await healthy.connection.write(whole.subarray(1000));
  await counted(node, "packetsReceived", 2);
});

Deno.test("a frame that breaks off in the middle is counted when its connection ends", async () => {
  await using node = await startTestMixNode();
  {
    using sender = disposable(await connectTcp(node.mixAddress));
    await sender.connection.write(Uint8Array.of(7, 1, 0, 1, 2, 3));
  }
  await counted(node, "malformedFrames");
});

Deno.test("rotateKey() serves packets for the old key once more, and those for the one before no more", async () => {
  await using node = await startTestMixNode();
  await using neighbour = MixNeighbour.open();
  const packets = [1, 2, 3].map(() => {
    const packet = through(node, neighbour.address);
    node.rotateKey(generateX25519(systemRandom));
    return packet;
  });
  using _sender = disposable(
    await sendFrames(node.mixAddress, packets.map(mixFrameOf)),
  );
  await counted(node, "malformedPackets", 2);
  await counted(node, "packetsSent", 1);
});

Deno.test("loss drops packets when they come in", async () => {
  await using node = await startTestMixNode({ faults: { loss: 100 } });
  await using neighbour = MixNeighbour.open();
  const frame = mixFrameOf(through(node, neighbour.address));
  using _sender = disposable(await sendFrames(node.mixAddress, [frame]));
  await counted(node, "lostPackets");
  assertEquals(nonZero(node.counters()), {
    packetsReceived: 1,
    lostPackets: 1,
  });
});

Deno.test("duplicate sends a packet twice", async () => {
  await using node = await startTestMixNode({ faults: { duplicate: 100 } });
  await using neighbour = MixNeighbour.open();
  const frame = mixFrameOf(through(node, neighbour.address));
  using _sender = disposable(await sendFrames(node.mixAddress, [frame]));
  assertEquals(await neighbour.frame(), await neighbour.frame());
  assertEquals(node.counters().duplicatedPackets, 1);
});

Deno.test("reorder and delay hold packets back on top of their header", async () => {
  const clock = new FakeClock();
  await using node = await startTestMixNode({
    clock,
    faults: { reorder: 100 },
  });
  await using neighbour = MixNeighbour.open();
  const early = mixFrameOf(through(node, neighbour.address));
  using _sender = disposable(await sendFrames(node.mixAddress, [early]));
  await counted(node, "reorderedPackets");
  node.setFaults({ reorder: 0 });
  const late = mixFrameOf(through(node, neighbour.address));
  using _other = disposable(await sendFrames(node.mixAddress, [late]));
  await counted(node, "packetsReceived", 2);
  await clock.advance(0);
  await counted(node, "packetsSent", 1);
  await clock.advance(50);
  await counted(node, "packetsSent", 2);
  node.setFaults({ delay: 1000 });
  const slow = mixFrameOf(through(node, neighbour.address));
  using _third = disposable(await sendFrames(node.mixAddress, [slow]));
  await counted(node, "packetsReceived", 3);
  assertEquals(node.counters().packetsSent, 2);
  await clock.advance(100_000);
  await counted(node, "packetsSent", 3);
});

Deno.test("a mix node tells of what it forwards to those who listen", async () => {
  await using node = await startTestMixNode({ name: "mix7" });
  await using neighbour = MixNeighbour.open();
  const events: MixnetEvent[] = [];
  const send = async () => {
    const frame = mixFrameOf(through(node, neighbour.address, 2));
    using _sender = disposable(await sendFrames(node.mixAddress, [frame]));
    await neighbour.frame();
  };
  await send();
  const stop = node.listen((event) => events.push(event));
  await send();
  stop();
  await send();
  assertEquals(events.length, 1);
  const [event] = events;
  assert(event?.kind === "packet");
  assertEquals([event.node, event.role, event.action, event.size], [
    "mix7",
    "mix",
    "forwarded",
    "regular",
  ]);
  assertEquals(event.delay, 2);
});

Deno.test("pause() holds packets back, resume() lets them through", async () => {
  await using node = await startTestMixNode();
  await using neighbour = MixNeighbour.open();
  node.pause();
  const frame = mixFrameOf(through(node, neighbour.address));
  using _sender = disposable(await sendFrames(node.mixAddress, [frame]));
  using _other = disposable(await sendFrames(node.mixAddress, [frame]));
  assertEquals(nonZero(node.counters()), {});
  node.resume();
  await neighbour.frame();
  await counted(node, "replayedPackets");
});

Deno.test("what waits in a mix node that stops is counted", async () => {
  const node = await startTestMixNode();
  await using neighbour = MixNeighbour.open();
  const frame = mixFrameOf(through(node, neighbour.address, 5000));
  using _sender = disposable(await sendFrames(node.mixAddress, [frame]));
  await counted(node, "packetsReceived");
  await node[Symbol.asyncDispose]();
  assertEquals(node.counters().unsentAtStop, 1);
});

function through(
  node: RunningNode,
  next: NodeAddress,
  delay = 0,
): MixPacket {
  return handBuilt({
    route: [hop(node), nowhere(next)],
    destination: systemRandom(32),
    payload: new Uint8Array(1643),
    delays: [delay],
    ack: NO_ACK,
  });
}

/** A next hop whose key nobody has. */
function nowhere(mixAddress: NodeAddress) {
  return { mixAddress, sphinxKey: generateX25519(systemRandom).public };
}

function disposable<T extends { close(): void }>(
  connection: T,
): Disposable & { connection: T } {
  return { connection, [Symbol.dispose]: () => connection.close() };
}

/** How many chunks come until the peer closes. */
async function ended(
  connection: { chunks: AsyncIterable<unknown> },
): Promise<number> {
  let chunks = 0;
  try {
    for await (const _ of connection.chunks) chunks++;
  } catch {
    // A peer that closes with bytes unread resets the connection.
  }
  return chunks;
}
