import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Bytes } from "../../lib/bytes/brand.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { generateX25519 } from "../../lib/crypto/x25519.ts";
import { openAck } from "../../lib/message/ack.ts";
import type { MixPacket } from "../../lib/message/mix_packet.ts";
import type { RunningGateway } from "../../lib/mixnet/gateway.ts";
import { GatewayStore } from "../../lib/mixnet/gateway_store.ts";
import { connectTcp } from "../../lib/transport/tcp.ts";
import { connectWs } from "../../lib/transport/ws_connect.ts";
import type { WsConnection } from "../../lib/transport/ws_connection.ts";
import { buildAuthentication } from "../../lib/wire/gateway/authenticate.ts";
import { encodeControlRequest } from "../../lib/wire/gateway/control_request.ts";
import {
  openResponse,
  type SealedRequest,
  sealRequest,
} from "../../lib/wire/gateway/sealed_request.ts";
import { mixFrameOf } from "../../lib/wire/mix/frame.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { handBuilt, handBuiltAck, NO_ACK } from "../support/hand_built.ts";
import { sendFrames } from "../support/mix_neighbour.ts";
import { type KnownGateway, RawClient } from "../support/raw_client.ts";
import { counted, hop, startTestGateway } from "./fixtures.ts";

Deno.test("a gateway registers a client, gives it bandwidth, and charges for packets", async () => {
  await using own = await startTestGateway();
  await using client = await RawClient.register(own.known);
  assertEquals(client.protocol, 6);
  const free = 64 * 1024 ** 3;
  const packet = toClient(own.gateway, client.identity.public);
  const answers = [await client.forward(packet), await client.forward(packet)];
  assertEquals(
    answers,
    [2413, 4826].map((spent) => ({
      kind: "send",
      remaining: free - spent,
      upgradeMode: false,
    })),
  );
  const again = await client.claim();
  assertEquals(again.kind === "bandwidth" && again.available, 2 * free - 4826);
});

Deno.test("a gateway pushes a message to its client, whose acknowledgement comes back", async () => {
  await using own = await startTestGateway();
  await using client = await RawClient.register(own.known);
  const { packet, payload, ackKey, id } = withAck(own.gateway, client);
  await client.forward(packet);
  const pushed = [await client.push(), await client.push()];
  const [ack, message] = pushed.sort((a, b) => a.length - b.length);
  assertEquals(message, payload);
  assertEquals(openAck(ackKey, ack!), id);
});

Deno.test("a gateway knows a client again, and gives it first what came meanwhile", async () => {
  await using own = await startTestGateway();
  const client = await RawClient.register(own.known);
  await client[Symbol.asyncDispose]();
  const payloads = await deliver(own.gateway, client, 250, "messagesStored");
  await using back = await client.again(own.known);
  for (const payload of payloads) assertEquals(await back.push(), payload);
  await deliver(own.gateway, client, 1, "messagesPushed");
  const { messagesCollected, authentications } = own.gateway.node.counters();
  assertEquals([messagesCollected, authentications], [250, 1]);
});

Deno.test("a gateway keeps what it pushed to a client that was gone before it read it", async () => {
  const clock = new FakeClock();
  await using own = await startTestGateway({ clock });
  const { node } = own.gateway;
  const client = await RawClient.register(own.known);
  await client[Symbol.asyncDispose]();
  const stored = await deliver(own.gateway, client, 3, "messagesStored");
  const deaf = await connectDeaf(own.known, client, clock.wall());
  await counted(node, "authentications");
  const pushed = await deliver(own.gateway, client, 2, "messagesPushed");
  // Everything is in its socket now, and it never looks.
  deaf.terminate("killed");
  await counted(node, "messagesKept", 2);
  const all = [...stored, ...pushed];
  const back = await client.again(own.known, clock.wall());
  for (const payload of all) assertEquals(await back.push(), payload);
  // What it has read it does not get again.
  await deliver(own.gateway, client, 1, "messagesPushed");
  await back.push();
  // It is asked what it has read, and its answer is under way before what it asks next.
  await clock.advance(100);
  await back.claim();
  await clock.advance(100);
  await back.claim();
  await back[Symbol.asyncDispose]();
  const [last] = await deliver(own.gateway, client, 1, "messagesStored");
  await using again = await client.again(own.known, clock.wall());
  assertEquals(await again.push(), last);
});

Deno.test("a gateway lets a newer session of a client replace the older one", async () => {
  await using own = await startTestGateway();
  await using first = await RawClient.register(own.known);
  await using second = await first.again(own.known);
  await first.closed;
  const [payload] = await deliver(own.gateway, first, 1, "messagesPushed");
  assertEquals(await second.push(), payload);
  assertEquals(own.gateway.node.counters().replacedSessions, 1);
});

Deno.test("a gateway lets clients in again within the same second, but not with the same request", async () => {
  const clock = new FakeClock();
  await using own = await startTestGateway({ clock });
  await using client = await RawClient.register(own.known);
  await using _second = await client.again(own.known, clock.wall());
  const request = buildAuthentication({
    identity: client.identity,
    sharedKey: client.sharedKey,
    protocol: 6,
    now: clock.wall(),
    random: systemRandom,
  });
  const answers: unknown[] = [];
  for (let n = 0; n < 2; n++) {
    await using raw = await RawClient.connect(own.known.url);
    raw.request(request);
    answers.push((await raw.answer()).kind);
  }
  assertEquals(answers, ["authenticate", "error"]);
});

Deno.test("a gateway refuses who is not registered, and whose clock is wrong", async () => {
  const clock = new FakeClock();
  await using own = await startTestGateway({ clock });
  await using client = await RawClient.register(own.known);
  await using stranger = await RawClient.connect(own.known.url);
  await assertRejects(() => stranger.again(own.known, clock.wall()));
  await assertRejects(() => client.again(own.known, clock.wall() - 121_000));
  await assertRejects(() => client.again(own.known, clock.wall() + 121_000));
  assertEquals(own.gateway.node.counters().refusedClients, 3);
});

Deno.test("a gateway ends connections that begin with something else, and says why", async () => {
  await using own = await startTestGateway();
  await using healthy = await RawClient.register(own.known);
  const beginnings = [
    systemRandom(100),
    "no JSON",
    "{}",
    '{"type":"nonsense"}',
    '{"type":"claimFreeTestnetBandwidth"}',
    '{"type":"authenticateV2"}',
    JSON.stringify({ type: "handshakePayload", data: [1, 2, 3] }),
    JSON.stringify({
      type: "handshakePayload",
      protocol_version: 6,
      data: new Array(80).fill(0),
    }),
  ];
  for (const frame of beginnings) {
    await using raw = await RawClient.connect(own.known.url);
    raw.sendRaw(frame);
    const { kind } = await raw.answer();
    assert(kind === "error" || kind === "handshakeError", kind);
    await raw.closed;
  }
  await counted(own.gateway.node, "refusedClients", beginnings.length);
  await deliver(own.gateway, healthy, 1, "messagesPushed");
});

Deno.test("a gateway ends an authenticated connection that turns malformed, and no other", async () => {
  await using own = await startTestGateway();
  await using healthy = await RawClient.register(own.known);
  const frames: (string | Uint8Array)[] = [
    "no JSON",
    '{"type":"nonsense"}',
    systemRandom(5),
    Uint8Array.from([1, 1, ...systemRandom(2000)]),
    Uint8Array.from([9, 0, ...systemRandom(12), 0]),
    Uint8Array.from([2, 0, ...systemRandom(12), 0, 3]),
    Uint8Array.from([1, 0, ...systemRandom(12), 0, 4, 0, 1, 127, 0, 0, 1, 9]),
    Uint8Array.from([1, 0, ...systemRandom(12), 2, 4, 0, 1, 127, 0, 0, 1]),
  ];
  for (const frame of frames) {
    await using client = await RawClient.register(own.known);
    client.sendRaw(frame);
    assertEquals((await client.answer()).kind, "error");
    await client.closed;
  }
  await counted(own.gateway.node, "malformedClientFrames", frames.length);
  await deliver(own.gateway, healthy, 1, "messagesPushed");
});

Deno.test("a gateway ends connections whose frame is too long, or none", async () => {
  await using own = await startTestGateway();
  await using client = await RawClient.register(own.known);
  client.sendRaw(new Uint8Array(300_000));
  assertEquals((await client.closed).code, 1009);
  const { hostname, port } = new URL(own.known.url);
  const socket = await connectTcp({ host: hostname, port: Number(port) });
  await socket.write(new TextEncoder().encode(
    "GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n" +
      "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  ));
  await socket.write(new Uint8Array(100).fill(0xff));
  const CLOSE_FRAME = 0x88;
  for await (const chunk of socket.chunks) {
    if (chunk.includes(CLOSE_FRAME)) break;
  }
  socket.close();
  await counted(own.gateway.node, "malformedClientFrames", 2);
});

Deno.test("a gateway waits 10 seconds for a client to introduce itself, 5 for a step of a registration", async () => {
  const clock = new FakeClock();
  await using own = await startTestGateway({ clock });
  const base = clock.sleepers;
  await using silent = await RawClient.connect(own.known.url);
  while (clock.sleepers === base) await turn();
  await clock.advance(9999);
  assertEquals(own.gateway.node.counters().refusedClients, 0);
  await clock.advance(1);
  assertEquals(await silent.answer(), {
    kind: "error",
    message: "timed out while waiting for initial data",
  });
  await silent.closed;
  await using slow = await RawClient.connect(own.known.url);
  while (clock.sleepers === base) await turn();
  slow.sendRaw(JSON.stringify({
    type: "handshakePayload",
    protocol_version: 6,
    data: [...slow.identity.public, ...point(), ...systemRandom(16)],
  }));
  assertEquals((await slow.answer()).kind, "handshakePayload");
  while (clock.sleepers === base) await turn();
  await clock.advance(5000);
  assertEquals((await slow.answer()).kind, "error");
  await slow.closed;
});

Deno.test("a gateway speaks the version that it is told to, from registration to return", async () => {
  for (const announced of [3, 4, 5, 6] as const) {
    await using own = await startTestGateway({ announced });
    await using client = await RawClient.register(own.known);
    client.request({ kind: "supportedProtocol" });
    assertEquals(await client.answer(), {
      kind: "supportedProtocol",
      version: announced,
    });
    assertEquals(client.protocol, announced);
    await using _again = await client.again(own.known);
  }
});

Deno.test("a gateway drops what its client has no bandwidth for, and the connection stays", async () => {
  await using own = await startTestGateway();
  await using client = await RawClient.register(own.known, { claim: false });
  const packet = toClient(own.gateway, client.identity.public);
  assertEquals(await client.forward(packet), {
    kind: "outOfBandwidth",
    required: 2413,
    available: 0,
  });
  await client.claim();
  assertEquals((await client.forward(packet)).kind, "send");
  assertEquals(own.gateway.node.counters().outOfBandwidth, 1);
});

Deno.test("a gateway stores, and acknowledges, nothing for a client that it does not know", async () => {
  await using own = await startTestGateway();
  await using sender = await RawClient.register(own.known);
  const { packet } = withAck(own.gateway, sender, systemRandom(32));
  await sender.forward(packet);
  await counted(own.gateway.node, "unknownClients");
  const { acksSent, messagesStored } = own.gateway.node.counters();
  assertEquals([acksSent, messagesStored], [0, 0]);
});

Deno.test("a gateway does not acknowledge what does not fit into an inbox", async () => {
  using store = await GatewayStore.open({ maxInbox: 3 });
  await using own = await startTestGateway({ store });
  await using sender = await RawClient.register(own.known);
  const away = await RawClient.register(own.known);
  await away[Symbol.asyncDispose]();
  for (let n = 0; n < 5; n++) {
    await sender.forward(
      withAck(own.gateway, sender, away.identity.public).packet,
    );
  }
  await counted(own.gateway.node, "inboxFull", 2);
  await counted(own.gateway.node, "acksSent", 3);
});

Deno.test("a gateway drops a message without a usable acknowledgement in front", async () => {
  await using own = await startTestGateway();
  await using client = await RawClient.register(own.known);
  const noAddress = new Uint8Array(405).fill(9);
  const packets = [
    toClient(own.gateway, client.identity.public, noAddress),
    handBuilt({
      route: [hop(own.gateway.node)],
      destination: client.identity.public,
      payload: new Uint8Array(0),
      ack: new Uint8Array(404),
    }),
  ];
  for (const packet of packets) await client.forward(packet);
  await counted(own.gateway.node, "malformedMessages", 2);
  assertEquals(client.pushed, 0);
});

Deno.test("a gateway drops a message whose payload was changed on its way", async () => {
  await using own = await startTestGateway();
  await using client = await RawClient.register(own.known);
  const packet = toClient(own.gateway, client.identity.public);
  packet.packet[1000]! ^= 1;
  await client.forward(packet);
  await counted(own.gateway.node, "malformedPackets");
  assertEquals(client.pushed, 0);
});

Deno.test("a gateway forwards for clients only, not for other nodes", async () => {
  await using own = await startTestGateway();
  const node = own.gateway.node;
  const packet = handBuilt({
    route: [hop(node), hop(node)],
    destination: systemRandom(32),
    payload: new Uint8Array(1643),
    ack: NO_ACK,
  });
  const sender = await sendFrames(node.mixAddress, [mixFrameOf(packet)]);
  await counted(node, "misroutedPackets");
  sender.close();
});

Deno.test("a gateway that swallows acknowledgements pushes the message all the same", async () => {
  await using own = await startTestGateway({ faults: { swallowAcks: true } });
  await using client = await RawClient.register(own.known);
  const { packet, payload } = withAck(own.gateway, client);
  await client.forward(packet);
  assertEquals(await client.push(), payload);
  const { swallowedAcks, acksSent } = own.gateway.node.counters();
  assertEquals([swallowedAcks, acksSent], [1, 0]);
});

Deno.test("a gateway that is paused takes no packets until it goes on", async () => {
  await using own = await startTestGateway();
  await using client = await RawClient.register(own.known);
  own.gateway.node.pause();
  client.post(toClient(own.gateway, client.identity.public));
  await turn();
  assertEquals(own.gateway.node.counters().clientPackets, 0);
  own.gateway.node.resume();
  await client.push();
});

Deno.test("a gateway ends the session of a client that does not read, and keeps what comes then", async () => {
  await using own = await startTestGateway();
  const { node } = own.gateway;
  const client = await RawClient.register(own.known);
  await client[Symbol.asyncDispose]();
  await using _deaf = await connectDeaf(own.known, client, Date.now());
  await counted(node, "authentications");
  const size = "extended32";
  const payload = new Uint8Array(32_000);
  const destination = client.identity.public;
  const route = [hop(node)];
  while (node.counters().slowClients === 0) {
    const frames = Array.from(
      { length: 20 },
      () =>
        mixFrameOf(
          handBuilt({ route, destination, payload, ack: NO_ACK, size }),
        ),
    );
    const sender = await sendFrames(node.mixAddress, frames);
    await sender[Symbol.asyncDispose]();
    await turn();
  }
  await deliver(own.gateway, client, 1, "messagesStored");
});

Deno.test("a gateway forgets a client that asks for it", async () => {
  await using own = await startTestGateway();
  await using client = await RawClient.register(own.known);
  const ask = async (request: SealedRequest) => {
    client.request(sealRequest(client.sharedKey, request, systemRandom));
    const answer = await client.answer();
    assert(answer.kind === "encryptedResponse");
    return openResponse(client.sharedKey, answer).kind;
  };
  assertEquals(
    await ask({ kind: "rememberMe", sessionType: "Native" }),
    "rememberMeAck",
  );
  assertEquals(
    await ask({ kind: "forgetMe", client: true, stats: true }),
    "forgetMeAck",
  );
  const claimed = await client.claim();
  assertEquals(await client.claim(), claimed, "nothing is added up");
  await assertRejects(() => client.again(own.known));
});

Deno.test("a gateway takes no payment, and says so without ending the connection", async () => {
  await using own = await startTestGateway();
  await using client = await RawClient.register(own.known);
  client.request({
    kind: "ecashCredential",
    ciphertext: systemRandom(100),
    nonce: systemRandom(12),
  });
  assertEquals((await client.answer()).kind, "error");
  assertEquals((await client.claim()).kind, "bandwidth");
});

Deno.test("a gateway answers plain HTTP with 426", async () => {
  await using own = await startTestGateway();
  const response = await fetch(own.known.url.replace("ws:", "http:"));
  await response.body?.cancel();
  assertEquals(response.status, 426);
});

Deno.test("a gateway throws away what nobody collected for a day", async () => {
  const clock = new FakeClock();
  await using own = await startTestGateway({ clock });
  const client = await RawClient.register(own.known);
  await client[Symbol.asyncDispose]();
  await deliver(own.gateway, client, 3, "messagesStored");
  await clock.advance(23 * 3_600_000);
  assertEquals(own.gateway.node.counters().expiredMessages, 0);
  await clock.advance(2 * 3_600_000);
  assertEquals(own.gateway.node.counters().expiredMessages, 3);
  await using back = await client.again(own.known, clock.wall());
  assertEquals(back.pushed, 0);
});

/** A data packet for a client whose only hop is the gateway. */
function toClient(
  { node }: RunningGateway,
  destination: Bytes,
  ack: Uint8Array = NO_ACK,
): MixPacket {
  const payload = systemRandom(1643);
  return handBuilt({ route: [hop(node)], destination, payload, ack });
}

/** The same with an acknowledgement that comes back to the sender. */
function withAck(
  { node }: RunningGateway,
  sender: RawClient,
  destination = sender.identity.public,
) {
  const route = [hop(node)];
  const payload = systemRandom(1643);
  const ackKey = systemRandom(16);
  const id = { setId: 12345, index: 7 };
  const identity = sender.identity.public;
  const ack = handBuiltAck(route, { identity, ackKey }, id);
  const packet = handBuilt({ route, destination, payload, ack });
  return { packet, payload, ackKey, id };
}

/** Bring messages to a gateway through its mix port, and wait until it has counted them. */
async function deliver(
  { node }: RunningGateway,
  client: RawClient,
  count: number,
  counter: "messagesPushed" | "messagesStored",
): Promise<Bytes[]> {
  const before = node.counters()[counter];
  const payloads = Array.from({ length: count }, () => systemRandom(1643));
  const packets = payloads.map((payload) =>
    handBuilt({
      route: [hop(node)],
      destination: client.identity.public,
      payload,
      ack: NO_ACK,
    })
  );
  const sender = await sendFrames(node.mixAddress, packets.map(mixFrameOf));
  await counted(node, counter, before + count);
  sender.close();
  return payloads;
}

/** Log a client in that reads nothing. */
async function connectDeaf(
  { url }: KnownGateway,
  { identity, sharedKey }: RawClient,
  now: number,
): Promise<WsConnection> {
  const deaf = await connectWs(url);
  deaf.send(encodeControlRequest(buildAuthentication({
    identity,
    sharedKey,
    protocol: 6,
    now,
    random: systemRandom,
  })));
  return deaf;
}

function point(): Bytes {
  return generateX25519(systemRandom).public;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
