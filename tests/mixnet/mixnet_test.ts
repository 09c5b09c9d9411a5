import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { EXIT, UsageError } from "../../lib/errors.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import type { Mixnet } from "../../lib/mixnet/running_mixnet.ts";
import { PortTakenError } from "../../lib/transport/http_server.ts";
import { listenTcp } from "../../lib/transport/tcp.ts";
import { decodeSkimmedPage } from "../../lib/wire/directory/skimmed_page.ts";
import { handBuilt, NO_ACK } from "../support/hand_built.ts";
import { RawClient } from "../support/raw_client.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { counted, knownGateway } from "./fixtures.ts";
import { tempFolder } from "../support/temp_folder.ts";

Deno.test("startMixnet() starts as many nodes as it is told to, each with keys and ports of its own", async () => {
  await using net = await startMixnet({ mixesPerLayer: 2, gateways: 3 });
  assertEquals(net.nodes.map(({ name }) => name), [
    "mix1.1",
    "mix1.2",
    "mix2.1",
    "mix2.2",
    "mix3.1",
    "mix3.2",
    "gateway1",
    "gateway2",
    "gateway3",
  ]);
  const own = net.nodes.flatMap((node) => [
    node.identity.toHex(),
    node.sphinxKey.toHex(),
    `${node.mixAddress.port}`,
  ]);
  assertEquals(new Set(own).size, own.length);
  const page = await published(net);
  assertEquals(page.nodes.map(({ mixPort }) => mixPort), ports(net));
  assertThrows(() => net.node("mix4"), RangeError);
});

Deno.test("startMixnet() refuses numbers of nodes that make no network", async () => {
  for (const mixesPerLayer of [0, -1, 1.5, 101]) {
    await assertRejects(() => startMixnet({ mixesPerLayer }), UsageError);
  }
  await assertRejects(() => startMixnet({ gateways: 0 }), UsageError);
});

Deno.test("startMixnet() rejects with the signal's reason", async () => {
  const reason = new Error("changed my mind");
  const signal = AbortSignal.abort(reason);
  assertEquals(await assertRejects(() => startMixnet({ signal })), reason);
});

Deno.test("startMixnet() keeps keys, ports and clients in its folder, for its owner alone", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/network`;
  const first = await startMixnet({ folder: path });
  const facts = (net: Mixnet) => ({
    apiUrl: net.apiUrl,
    keys: net.nodes.map(({ identity, sphinxKey }) => [identity, sphinxKey]),
    ports: ports(net),
    url: net.node("gateway1").clientUrl,
  });
  const before = facts(first);
  const client = await RawClient.register(knownGateway(first.node("gateway1")));
  await client[Symbol.asyncDispose]();
  // What waits for a client that is away waits over the restart.
  const payload = await sendTo(first, client);
  await first.stop();
  assertEquals(await modes(path), {
    "": 0o700,
    lock: 0o600,
    "directory.json": 0o600,
    nodes: 0o700,
    ...Object.fromEntries(
      first.nodes.flatMap(({ name }) => [
        [`nodes/${name}`, 0o700],
        [`nodes/${name}/node.json`, 0o600],
      ]),
    ),
    "nodes/gateway1/clients.sqlite": 0o600,
  });
  await using second = await startMixnet({ folder: path });
  assertEquals(facts(second), before);
  await using back = await client.again(
    knownGateway(second.node("gateway1")),
  );
  assertEquals(await back.push(), payload);
});

Deno.test("startMixnet() makes everything anew when it is told to", async () => {
  await using folder = await tempFolder();
  const first = await startMixnet({ folder: folder.path });
  const { identity, sphinxKey } = first.node("mix1");
  const client = await RawClient.register(knownGateway(first.node("gateway1")));
  await client[Symbol.asyncDispose]();
  await first.stop();
  await using second = await startMixnet({ folder: folder.path, fresh: true });
  const fresh = second.node("mix1");
  assert(fresh.identity.toHex() !== identity.toHex());
  assert(fresh.sphinxKey.toHex() !== sphinxKey.toHex());
  const gateway = knownGateway(second.node("gateway1"));
  await assertRejects(() => client.again(gateway));
});

Deno.test("startMixnet() refuses a folder in which another network runs, and leaves that one alone", async () => {
  await using folder = await tempFolder();
  await using net = await startMixnet({ folder: folder.path });
  const error = await assertRejects(
    () => startMixnet({ folder: folder.path, fresh: true }),
    UsageError,
  );
  assertEquals(error.exitCode, EXIT.busy);
  await using _client = await RawClient.register(
    knownGateway(net.node("gateway1")),
  );
});

Deno.test("startMixnet() exchanges ports of the last start that are taken now, and says so", async () => {
  await using folder = await tempFolder();
  const first = await startMixnet({ folder: folder.path });
  const mixPort = first.node("mix2").mixAddress.port;
  const clientPort = Number(new URL(first.node("gateway1").clientUrl!).port);
  const apiPort = Number(new URL(first.apiUrl).port);
  await first.stop();
  const taken = [mixPort, clientPort, apiPort];
  // Whoever has one of them by now takes it as well as we do.
  const listeners = taken.flatMap((port) => {
    try {
      return [listenTcp({ host: "127.0.0.1", port })];
    } catch (error) {
      if (error instanceof PortTakenError) return [];
      throw error;
    }
  });
  const warnings: string[] = [];
  const second = await startMixnet({
    folder: folder.path,
    onWarning: (text) => warnings.push(text),
  });
  assertEquals(warnings.sort(), [
    `directory: port ${apiPort} is taken, using another one`,
    `gateway1: port ${clientPort} is taken, using another one`,
    `mix2: port ${mixPort} is taken, using another one`,
  ]);
  const ports = second.node("mix2").mixAddress.port;
  assert(ports !== mixPort && second.node("mix2").identity.length === 32);
  await second.stop();
  for (const listener of listeners) listener.close();
  await using third = await startMixnet({ folder: folder.path });
  assertEquals(third.node("mix2").mixAddress.port, ports);
});

Deno.test("startMixnet() fails when the port that was asked for is taken, and leaves nothing running", async () => {
  await using listener = listenTcp({ host: "127.0.0.1", port: 0 });
  const error = await assertRejects(
    () => startMixnet({ port: listener.port }),
    PortTakenError,
  );
  assertEquals([error.port, error.exitCode], [listener.port, EXIT.busy]);
});

Deno.test("startMixnet() names a state file that is broken, and says what helps", async () => {
  await using folder = await tempFolder();
  await (await startMixnet({ folder: folder.path })).stop();
  const path = `${folder.path}/nodes/mix3/node.json`;
  for (const text of ["", "{}", '{"v":2}', "x".repeat(20_000)]) {
    await Deno.writeTextFile(path, text);
    const error = await assertRejects(
      () => startMixnet({ folder: folder.path }),
      UsageError,
    );
    assert(error.message.includes(path), error.message);
    assert(error.hint?.includes("fresh"), error.hint);
  }
});

Deno.test("startMixnet() names a store of clients that is broken", async () => {
  await using folder = await tempFolder();
  await (await startMixnet({ folder: folder.path })).stop();
  const path = `${folder.path}/nodes/gateway1/clients.sqlite`;
  await Deno.writeTextFile(path, "x".repeat(20_000));
  const error = await assertRejects(
    () => startMixnet({ folder: folder.path }),
    UsageError,
  );
  assert(error.message.includes(path), error.message);
});

Deno.test("restartNode() brings a node back with its keys, ports and clients", async () => {
  await using net = await startMixnet();
  await using client = await RawClient.register(
    knownGateway(net.node("gateway1")),
  );
  const before = net.nodes.map(({ identity, sphinxKey }) => [
    identity,
    sphinxKey,
  ]);
  const addresses = ports(net);
  for (const { name } of net.nodes) await net.restartNode(name);
  assertEquals(
    net.nodes.map(({ identity, sphinxKey }) => [identity, sphinxKey]),
    before,
  );
  assertEquals(ports(net), addresses);
  await client.closed;
  await using back = await client.again(knownGateway(net.node("gateway1")));
  const payload = await sendTo(net, back);
  assertEquals(await back.push(), payload);
});

Deno.test("restartNode() with fresh keys leaves packets for the old key without effect, and tells the directory", async () => {
  await using net = await startMixnet();
  await using client = await RawClient.register(
    knownGateway(net.node("gateway1")),
  );
  const old = packetTo(net, client);
  const key = net.node("mix2").sphinxKey;
  await net.restartNode("mix2", { freshKeys: true });
  await client.forward(old.packet);
  await counted(net.node("mix2"), "malformedPackets");
  const page = await published(net);
  const listed = page.nodes.find(({ nodeId }) => nodeId === 2)!.sphinxKey;
  assert(listed.toHex() !== key.toHex());
  assertEquals(listed, net.node("mix2").sphinxKey);
  const payload = await sendTo(net, client);
  assertEquals(await client.push(), payload);
});

Deno.test("stop() of a node makes packets wait in front of it, and restartNode() lets them through", async () => {
  await using net = await startMixnet();
  await using client = await RawClient.register(
    knownGateway(net.node("gateway1")),
  );
  await net.node("mix2").stop();
  const { packet, payload } = packetTo(net, client);
  await client.forward(packet);
  await counted(net.node("mix1"), "packetsReceived");
  await net.restartNode("mix2");
  assertEquals(await client.push(), payload);
});

Deno.test("rotateKeys() serves packets of the rotation before, no older ones, and counts the rotation on", async () => {
  await using folder = await tempFolder();
  const net = await startMixnet({ folder: folder.path });
  const client = await RawClient.register(knownGateway(net.node("gateway1")));
  const before = (await published(net)).metadata.rotationId;
  const [old, older] = [packetTo(net, client), packetTo(net, client)];
  await net.rotateKeys();
  await client.forward(old.packet);
  assertEquals(await client.push(), old.payload);
  assertEquals((await published(net)).metadata.rotationId, before + 1);
  await net.rotateKeys();
  await client.forward(older.packet);
  await counted(net, "malformedPackets");
  await client[Symbol.asyncDispose]();
  await net.stop();
  await using again = await startMixnet({ folder: folder.path });
  assertEquals((await published(again)).metadata.rotationId, before + 2);
});

Deno.test("events() ends with the network, with its signal, and by leaving the loop", async () => {
  const net = await startMixnet();
  const all = Array.fromAsync(net.events());
  const stop = new AbortController();
  const some = Array.fromAsync(net.events({ signal: stop.signal }));
  const first = firstOf(net.events());
  const gateway = knownGateway(net.node("gateway1"));
  await using _one = await RawClient.register(gateway);
  stop.abort();
  await using _two = await RawClient.register(gateway);
  await net.stop();
  await net.stop();
  assertEquals((await first)?.kind, "client");
  assertEquals((await some).length, 1);
  assert((await all).length >= 2);
  assertEquals(await Array.fromAsync(net.events()), []);
});

async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}

function packetTo(net: Mixnet, client: RawClient) {
  const payload = systemRandom(1643);
  const packet = handBuilt({
    route: ["mix1", "mix2", "mix3", "gateway1"].map((name) => net.node(name)),
    destination: client.identity.public,
    payload,
    ack: NO_ACK,
  });
  return { packet, payload };
}

/** Send a message to a client through all layers, and wait until its gateway has it. */
async function sendTo(net: Mixnet, client: RawClient) {
  const gateway = net.node("gateway1");
  const done = () => {
    const { messagesPushed, messagesStored } = gateway.counters();
    return messagesPushed + messagesStored;
  };
  const before = done();
  const { packet, payload } = packetTo(net, client);
  await using sender = await RawClient.register(knownGateway(gateway));
  await sender.forward(packet);
  while (done() === before) await new Promise((go) => setTimeout(go, 1));
  return payload;
}

async function published(net: Mixnet) {
  const url = `${net.apiUrl}v2/unstable/nym-nodes/skimmed`;
  return decodeSkimmedPage(await (await fetch(url)).text());
}

function ports(net: Mixnet): number[] {
  return net.nodes.map(({ mixAddress }) => mixAddress.port);
}

/** Permissions of a folder and all that is in it, by path. */
async function modes(root: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  async function visit(path: string): Promise<void> {
    const { mode, isDirectory } = await Deno.stat(`${root}/${path}`);
    found[path] = mode! & 0o777;
    if (!isDirectory) return;
    for await (const { name } of Deno.readDir(`${root}/${path}`)) {
      await visit(path === "" ? name : `${path}/${name}`);
    }
  }
  await visit("");
  return found;
}
