import { assert, assertEquals } from "@std/assert";
import { encodeBase58 } from "../../lib/bytes/base58.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { generateX25519 } from "../../lib/crypto/x25519.ts";
import { openAck } from "../../lib/message/ack.ts";
import type { MixnetEvent } from "../../lib/mixnet/events.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import type { Mixnet } from "../../lib/mixnet/running_mixnet.ts";
import { connectTcp } from "../../lib/transport/tcp.ts";
import {
  handBuilt,
  handBuiltAck,
  type RouteNode,
} from "../support/hand_built.ts";
import { MixNeighbour } from "../support/mix_neighbour.ts";
import { RawClient } from "../support/raw_client.ts";
import { counted, knownGateway, nonZero } from "./fixtures.ts";

Deno.test("a packet goes through three mix nodes to a client of another gateway, and its acknowledgement comes back", async () => {
  await using net = await startMixnet({ gateways: 2 });
  await using pair = await registerPair(net);
  const journey = new Journey(net, pair);
  await journey.begin(mixes(net));
  await journey.end();
  await counted(net, "packetsSent", 8);
  // Four hops each; the entry gateway is none.
  assertEquals(nonZero(net.counters()), {
    packetsReceived: 8,
    packetsSent: 8,
    clientConnections: 2,
    registrations: 2,
    clientPackets: 1,
    messagesPushed: 2,
    acksSent: 1,
  });
});

Deno.test("nodes tell the journey of a packet, hop by hop, with the delays of its header", async () => {
  await using net = await startMixnet({ gateways: 2 });
  await using pair = await registerPair(net);
  const events = collect(net, 10);
  const journey = new Journey(net, pair);
  await journey.begin(mixes(net), [3, 2, 1]);
  await journey.end();
  const told = (await events).filter((event) => event.kind === "packet")
    .map(({ node, action, size, delay }) =>
      `${node} ${action} ${size} ${delay}`
    );
  assertEquals(told, [
    "gateway1 relayed regular 0",
    "mix1 forwarded regular 3",
    "mix2 forwarded regular 2",
    "mix3 forwarded regular 1",
    "gateway2 pushed regular 0",
    "gateway2 acked regular 0",
    "mix1 forwarded ack 0",
    "mix2 forwarded ack 0",
    "mix3 forwarded ack 0",
    "gateway1 pushed ack 0",
  ]);
});

Deno.test("what passes between two nodes are frames of the official framing, seen by a proxy in between", async () => {
  await using net = await startMixnet({ gateways: 2 });
  await using pair = await registerPair(net);
  const [first, second, third] = mixes(net);
  await using proxy = MixNeighbour.open({ target: second!.mixAddress });
  const { sphinxKey } = second!;
  const detour = { mixAddress: proxy.address, sphinxKey };
  const journey = new Journey(net, pair);
  await journey.begin([first!, detour, third!]);
  await journey.end();
  const frame = await proxy.frame();
  assertEquals(frame.packetSize, "regular");
  assertEquals(frame.packet.length, 2413);
  assertEquals(proxy.firstBytes[0], 7);
  // The proxy learns nothing that the sender or the recipient saw.
  assert(frame.packet.toHex() !== journey.sent!.packet.toHex());
});

Deno.test("a node of the network can be replaced by one in another process", async () => {
  await using net = await startMixnet({ gateways: 2 });
  await using pair = await registerPair(net);
  const key = generateX25519(systemRandom);
  const elsewhere = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-net=127.0.0.1",
      "--allow-read",
      "--allow-env",
      new URL("../support/mix_node_process.ts", import.meta.url).pathname,
      encodeBase58(key.secret),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const line = await firstLine(elsewhere.stdout);
  const [first, , third] = mixes(net);
  const second = { mixAddress: JSON.parse(line), sphinxKey: key.public };
  const journey = new Journey(net, pair);
  await journey.begin([first!, second, third!], [5, 5, 5]);
  await journey.end();
  assertEquals(net.node("mix3").counters().packetsReceived, 2);
  assertEquals(net.node("mix2").counters().packetsReceived, 0);
  await elsewhere.stdin.close();
  assert((await elsewhere.status).success);
});

Deno.test("malformed bytes at every port end their connection, while a transfer through the same ports goes on", async () => {
  await using net = await startMixnet({ gateways: 2 });
  await using pair = await registerPair(net);
  const noise = [
    new Uint8Array(1).fill(0xff),
    new TextEncoder().encode("GET / HTTP/1.0\r\n\r\n"),
    systemRandom(5000).fill(0, 0, 1),
  ];
  const addresses = [
    ...net.nodes.map(({ mixAddress }) => mixAddress),
    ...net.nodes.flatMap(({ clientUrl }) =>
      clientUrl === undefined ? [] : [tcpAddress(clientUrl)]
    ),
    tcpAddress(net.apiUrl),
  ];
  for (const bytes of noise) {
    const journey = new Journey(net, pair);
    await journey.begin(mixes(net));
    for (const address of addresses) {
      await using connection = await connectTcp(address);
      await connection.write(bytes);
    }
    await journey.end();
  }
  await using stranger = await RawClient.connect(pair.near.url);
  stranger.sendRaw(systemRandom(2000));
  await stranger.closed;
  await counted(net, "malformedFrames", noise.length * net.nodes.length);
  await counted(net, "refusedClients");
  assertEquals(net.counters().messagesPushed, 2 * noise.length);
});

Deno.test("loss at the first layer repeats with its seed", async () => {
  const lost = async (seed: number) => {
    await using net = await startMixnet({ gateways: 2, loss: 30, seed });
    await using pair = await registerPair(net);
    for (let n = 0; n < 40; n++) {
      const journey = new Journey(net, pair);
      await journey.begin(mixes(net));
      // One packet at a time: whether its acknowledgement passes the first layer depends on whether it arrived.
      await journey.settled();
    }
    const { lostPackets, acksSent } = net.counters();
    assertEquals(net.node("mix1").counters().lostPackets, lostPackets);
    return [lostPackets, acksSent];
  };
  const once = await lost(5);
  assertEquals(await lost(5), once);
  assert(once[0]! > 5 && once[0]! < 40, `${once}`);
});

Deno.test("a packet that is sent twice by a faulty node arrives once", async () => {
  await using net = await startMixnet({ gateways: 2, duplicate: 100 });
  await using pair = await registerPair(net);
  const journey = new Journey(net, pair);
  await journey.begin(mixes(net));
  await journey.end();
  await counted(net, "replayedPackets", 8);
  assertEquals(net.counters().messagesPushed, 2);
});

Deno.test("a network that speaks frames of version 8 takes the key rotation along to the acknowledgement", async () => {
  await using net = await startMixnet({ gateways: 2, frameVersion: 8 });
  await using pair = await registerPair(net);
  const [first, second, third] = mixes(net);
  await using proxy = MixNeighbour.open({ target: second!.mixAddress });
  const { sphinxKey } = second!;
  const detour = { mixAddress: proxy.address, sphinxKey };
  const journey = new Journey(net, pair);
  await journey.begin([first!, detour, third!], [], "even");
  await journey.end();
  assertEquals((await proxy.frame()).rotation, "even");
  assertEquals((await proxy.frame()).rotation, "even");
});

/** One packet from the near client to the far one, and its acknowledgement. */
class Journey {
  readonly #net: Mixnet;
  readonly #pair: Pair;
  readonly #payload = systemRandom(1643);
  readonly #ackKey = systemRandom(16);
  readonly #id = { setId: 4711, index: 3 };
  readonly #before: { lost: number; pushed: number };
  sent: ReturnType<typeof handBuilt> | undefined;

  constructor(net: Mixnet, pair: Pair) {
    this.#net = net;
    this.#pair = pair;
    const { lostPackets, messagesPushed } = net.counters();
    this.#before = { lost: lostPackets, pushed: messagesPushed };
  }

  async begin(
    way: readonly RouteNode[],
    delays: readonly number[] = [],
    rotation: "unknown" | "even" = "unknown",
  ): Promise<void> {
    const { sender, recipient } = this.#pair;
    const identity = sender.identity.public;
    const ack = handBuiltAck(
      [...way, this.#net.node("gateway1")],
      { identity, ackKey: this.#ackKey },
      this.#id,
    );
    const packet = handBuilt({
      route: [...way, this.#net.node("gateway2")],
      destination: recipient.identity.public,
      payload: this.#payload,
      delays,
      ack,
    });
    this.sent = { ...packet, rotation };
    const answer = await sender.forward(this.sent);
    assertEquals(answer.kind, "send");
  }

  async end(): Promise<void> {
    assertEquals(await this.#pair.recipient.push(), this.#payload);
    const ack = await this.#pair.sender.push();
    assertEquals(openAck(this.#ackKey, ack), this.#id);
  }

  /** Wait until the packet or its acknowledgement was lost, or both arrived. */
  async settled(): Promise<void> {
    for (;;) {
      const { lostPackets, messagesPushed } = this.#net.counters();
      if (lostPackets > this.#before.lost) return;
      if (messagesPushed >= this.#before.pushed + 2) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

interface Pair extends AsyncDisposable {
  readonly near: ReturnType<typeof knownGateway>;
  readonly sender: RawClient;
  readonly recipient: RawClient;
}

async function registerPair(net: Mixnet): Promise<Pair> {
  const near = knownGateway(net.node("gateway1"));
  const sender = await RawClient.register(near);
  const recipient = await RawClient.register(
    knownGateway(net.node("gateway2")),
  );
  return {
    near,
    sender,
    recipient,
    async [Symbol.asyncDispose]() {
      await sender[Symbol.asyncDispose]();
      await recipient[Symbol.asyncDispose]();
    },
  };
}

function mixes(net: Mixnet): RouteNode[] {
  return ["mix1", "mix2", "mix3"].map((name) => net.node(name));
}

async function collect(net: Mixnet, count: number): Promise<MixnetEvent[]> {
  const events: MixnetEvent[] = [];
  for await (const event of net.events()) {
    if (events.push(event) === count) break;
  }
  return events;
}

function tcpAddress(url: string) {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

async function firstLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes("\n")) break;
  }
  return text;
}
