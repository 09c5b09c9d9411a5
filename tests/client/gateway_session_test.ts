import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  GatewaySession,
  type GatewaySessionOptions,
} from "../../lib/client/gateway_session.ts";
import { registerWithGateway } from "../../lib/client/register.ts";
import { generateEd25519 } from "../../lib/crypto/ed25519.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import {
  ConnectionError,
  CryptoError,
  EXIT,
  ProtocolError,
} from "../../lib/errors.ts";
import type { MailboxState } from "../../lib/mailbox/mailbox.ts";
import { PACKET_TYPE_SPHINX } from "../../lib/message/packet_type.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeGateway } from "../support/fake_gateway.ts";
import { seededRandom } from "../support/seeded_random.ts";

const URL = "ws://127.0.0.1:9000";
const PACKET = {
  packetType: PACKET_TYPE_SPHINX,
  rotation: "odd",
  firstHop: { host: "127.0.0.1", port: 1789 },
  packet: new Uint8Array(2413),
} as const;

/** A client that is registered with a gateway, and its session. */
async function start(options: Partial<GatewaySessionOptions> = {}) {
  const clock = new FakeClock();
  const gateway = new FakeGateway(clock);
  const identity = generateEd25519(systemRandom);
  const { sharedKey } = await registerWithGateway({
    identity,
    gateway: nodeOf(gateway),
    connect: gateway.connect,
    clock,
  });
  gateway.log.length = 0;
  const states: MailboxState[] = [];
  const pushes: number[] = [];
  let lookedUp = 0;
  const session = new GatewaySession({
    identity,
    gateway: gateway.identity.public,
    sharedKey,
    listeners: () => [URL],
    connect: gateway.connect,
    timeout: 15_000,
    clock,
    random: seededRandom(1),
    onPush: (payload) => pushes.push(payload.length),
    onState: (state) => states.push(state),
    onUnreachable: () => {
      lookedUp++;
      return Promise.resolve();
    },
    ...options,
  });
  const stop = new AbortController();
  const runs: Promise<void>[] = [];
  return {
    clock,
    gateway,
    identity,
    session,
    states,
    pushes,
    stop,
    lookedUp: () => lookedUp,
    run() {
      const run = session.run(stop.signal);
      runs.push(run);
      return run;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.allSettled(runs);
    },
  };
}

function nodeOf(gateway: FakeGateway) {
  return {
    nodeId: 4,
    identity: gateway.identity.public,
    sphinxKey: new Uint8Array(32),
    mixHost: { host: "127.0.0.1", port: 1789 },
    entry: { listeners: [URL], tlsListener: undefined },
    performance: 100,
    roles: { mixnode: false, entry: true, exit: true },
  };
}

Deno.test("GatewaySession.connect() agrees on a version, logs in and claims bandwidth", async () => {
  await using bench = await start();
  await bench.session.connect();
  bench.run();
  assertEquals(bench.gateway.log, [
    `connect ${URL}`,
    "supportedProtocol",
    "authenticateV2",
    "claimFreeTestnetBandwidth",
  ]);
  assertEquals(bench.states, [{ kind: "connected" }]);
  assert(bench.session.open);
  assert(bench.session.forward(PACKET));
  await bench.clock.advance(1);
  assertEquals(bench.gateway.packets, [PACKET]);
});

for (
  const [announced, rotation, login] of [
    [3, "unknown", "authenticate"],
    [4, "unknown", "authenticateV2"],
    [5, "odd", "authenticateV2"],
    [6, "odd", "authenticateV2"],
    [9, "odd", "authenticateV2"],
  ] as const
) {
  Deno.test(`GatewaySession speaks with a gateway of version ${announced}`, async () => {
    await using bench = await start();
    bench.gateway.announced = announced;
    await bench.session.connect();
    bench.run();
    assert(bench.gateway.log.includes(login));
    bench.session.forward(PACKET);
    await bench.clock.advance(1);
    assertEquals(bench.gateway.packets[0]!.rotation, rotation);
  });
}

Deno.test("GatewaySession.connect() refuses a gateway that is too old", async () => {
  await using bench = await start();
  bench.gateway.announced = 2;
  const error = await assertRejects(
    () => bench.session.connect(),
    ProtocolError,
  );
  assertEquals(error.exitCode, EXIT.down);
});

Deno.test("GatewaySession.connect() says what is wrong with a gateway that cannot be reached", async () => {
  await using bench = await start();
  bench.gateway.reachable = false;
  const connecting = assertRejects(
    () => bench.session.connect(),
    ConnectionError,
    "127.0.0.1:9000: connection refused",
  );
  await bench.clock.advance(300);
  const error = await connecting;
  assertEquals(error.exitCode, EXIT.down);
  assertEquals(bench.gateway.log.length, 2);
});

Deno.test("GatewaySession.connect() does not wait for a silent gateway for ever", async () => {
  await using bench = await start();
  bench.gateway.silent = true;
  const connecting = assertRejects(
    () => bench.session.connect(),
    ConnectionError,
    "no answer in 15000 ms",
  );
  await bench.clock.advance(30_301);
  await connecting;
});

Deno.test("GatewaySession.connect() hands on what a gateway says when it refuses", async () => {
  await using bench = await start();
  bench.gateway.refusal = "go\naway";
  await assertRejects(
    () => bench.session.connect(),
    ProtocolError,
    'it says "go away"',
  );
});

Deno.test("GatewaySession logs in twice within a second with two time stamps", async () => {
  await using bench = await start();
  await bench.session.connect();
  bench.run();
  bench.gateway.hangUp();
  await bench.clock.advance(400);
  assertEquals(bench.states.map(({ kind }) => kind), [
    "connected",
    "reconnecting",
    "connected",
  ]);
  const [first, second] = bench.gateway.timestamps;
  assertEquals(second! - first!, 1);
});

Deno.test("GatewaySession tries a refused time stamp once more with a later one", async () => {
  await using bench = await start();
  await bench.session.connect();
  const run = bench.run();
  bench.stop.abort();
  await run;
  // Another life of the same client, within the same second, knows nothing of the first.
  const session = new GatewaySession({
    identity: bench.identity,
    gateway: bench.gateway.identity.public,
    sharedKey: bench.gateway.sharedKey!,
    listeners: () => [URL],
    connect: bench.gateway.connect,
    timeout: 1000,
    clock: bench.clock,
    random: seededRandom(2),
    onPush() {},
    onState() {},
    onUnreachable: () => Promise.resolve(),
  });
  await session.connect();
  const [first, second, third] = bench.gateway.timestamps;
  assertEquals([second! - first!, third! - first!], [0, 1]);
  await session.run(AbortSignal.abort());
});

Deno.test("GatewaySession goes by its clock again when that was set back", async () => {
  await using bench = await start();
  await bench.session.connect();
  bench.run();
  bench.clock.setWall(bench.clock.wall() - 3_600_000);
  bench.gateway.hangUp();
  await bench.clock.advance(400);
  const [first, second] = bench.gateway.timestamps;
  assertEquals(second! - first!, -3600);
});

Deno.test("GatewaySession registers anew with a gateway that has forgotten it, if it may", async () => {
  const kept: string[] = [];
  await using bench = await start({
    onRegistered: (key) => kept.push(key.toHex()),
  });
  bench.gateway.sharedKey = undefined;
  await bench.session.connect();
  bench.run();
  assertEquals(kept, [bench.gateway.sharedKey!.toHex()]);
  assert(bench.session.open);

  await using strict = await start();
  strict.gateway.sharedKey = undefined;
  await assertRejects(() => strict.session.connect(), ProtocolError);
});

Deno.test("GatewaySession hands on what was stored before it is logged in, and what is pushed later", async () => {
  await using bench = await start();
  bench.gateway.stored = [new Uint8Array(21), new Uint8Array(1643)];
  await bench.session.connect();
  assertEquals(bench.pushes, [21, 1643]);
  bench.run();
  bench.gateway.push(new Uint8Array(100));
  await bench.clock.advance(1);
  assertEquals(bench.pushes, [21, 1643, 100]);
});

Deno.test("GatewaySession claims bandwidth when it runs low, and sends on meanwhile", async () => {
  await using bench = await start();
  bench.gateway.grant = 40_000_000;
  await bench.session.connect();
  bench.run();
  bench.gateway.grant = 2 ** 36;
  bench.session.forward(PACKET);
  await bench.clock.advance(15_000);
  assertEquals(bench.session.bandwidth, 2 ** 36);
  assert(bench.session.open);
});

Deno.test("GatewaySession out of bandwidth sends nothing until a claim was granted", async () => {
  await using bench = await start();
  await bench.session.connect();
  bench.run();
  bench.gateway.balance = 0;
  bench.gateway.grant = 100;
  bench.session.forward(PACKET);
  await bench.clock.advance(1);
  assert(!bench.session.open);
  assert(!bench.session.forward(PACKET));
  const ready = bench.session.ready(32, bench.stop.signal);
  bench.gateway.grant = 2 ** 36;
  await bench.clock.advance(13_000);
  await ready;
  assert(bench.session.open);
});

Deno.test("GatewaySession keeps a connection with bandwidth left though a claim is refused", async () => {
  await using bench = await start();
  bench.gateway.grant = 40_000_100;
  await bench.session.connect();
  bench.run();
  bench.gateway.grant = undefined;
  bench.session.forward(PACKET);
  await bench.clock.advance(30_000);
  assertEquals(bench.states.map(({ kind }) => kind), ["connected"]);
  assert(bench.session.open);
});

Deno.test("GatewaySession gives up a connection that takes packets in silence", async () => {
  await using bench = await start();
  await bench.session.connect();
  bench.run();
  await bench.clock.advance(1);
  bench.gateway.silent = true;
  bench.session.forward(PACKET);
  await bench.clock.advance(9000);
  assertEquals(bench.states.length, 1);
  await bench.clock.advance(14_000);
  assertEquals(bench.states[1]!.kind, "reconnecting");
});

Deno.test("GatewaySession asks a gateway that has been quiet for a minute, and keeps it if it answers", async () => {
  await using bench = await start();
  await bench.session.connect();
  bench.run();
  bench.gateway.log.length = 0;
  await bench.clock.advance(65_000);
  assertEquals(bench.gateway.log, ["supportedProtocol"]);
  bench.gateway.silent = true;
  await bench.clock.advance(75_000);
  assertEquals(bench.states.map(({ kind }) => kind), [
    "connected",
    "reconnecting",
  ]);
});

Deno.test("GatewaySession comes back with longer and longer pauses, and looks the gateway up in between", async () => {
  await using bench = await start();
  await bench.session.connect();
  bench.run();
  bench.gateway.reachable = false;
  bench.gateway.hangUp();
  await bench.clock.advance(1);
  bench.gateway.log.length = 0;
  await bench.clock.advance(60_000);
  const attempts = bench.gateway.log.length;
  assert(attempts >= 7 && attempts <= 12, `${attempts} attempts in a minute`);
  assertEquals(bench.lookedUp(), attempts);
  // One word for the loss, one for what it became.
  assertEquals(bench.states.length, 3);
  bench.gateway.reachable = true;
  await bench.clock.advance(31_000);
  assert(bench.session.open);
  assertEquals(bench.states.at(-1), { kind: "connected" });
});

Deno.test("GatewaySession that must not reconnect ends with the reason", async () => {
  await using bench = await start({ reconnect: false });
  await bench.session.connect();
  const run = bench.run();
  bench.gateway.hangUp();
  await assertRejects(() => run, ConnectionError, "1001, gone");
});

for (
  const [what, frame] of [
    ["text that is no JSON", "{"],
    ["text of an unknown type", '{"type":"surprise"}'],
    ["bytes that are not sealed with the key", new Uint8Array(200)],
    ["no bytes at all", new Uint8Array(0)],
  ] as const
) {
  Deno.test(`GatewaySession leaves a gateway that sends ${what}, and comes back`, async () => {
    await using bench = await start();
    await bench.session.connect();
    bench.run();
    bench.gateway.sendRaw(frame);
    await bench.clock.advance(1);
    assertEquals(bench.states[1]!.kind, "reconnecting");
    await bench.clock.advance(1000);
    assert(bench.session.open);
  });
}

Deno.test("registerWithGateway() refuses a gateway that is not the one in the directory", async () => {
  const clock = new FakeClock();
  const gateway = new FakeGateway(clock);
  const other = new FakeGateway(clock);
  await assertRejects(
    () =>
      registerWithGateway({
        identity: generateEd25519(systemRandom),
        gateway: nodeOf(other),
        connect: gateway.connect,
        clock,
      }),
    CryptoError,
    "does not prove",
  );
});

Deno.test("registerWithGateway() does with a gateway that holds messages for the client", async () => {
  const clock = new FakeClock();
  const gateway = new FakeGateway(clock);
  gateway.stored = [new Uint8Array(100), new Uint8Array(200)];
  const { sharedKey } = await registerWithGateway({
    identity: generateEd25519(systemRandom),
    gateway: nodeOf(gateway),
    connect: gateway.connect,
    clock,
  });
  assertEquals(sharedKey, gateway.sharedKey);
});

Deno.test("registerWithGateway() tries every listener, and says which one answered", async () => {
  const clock = new FakeClock();
  const gateway = new FakeGateway(clock);
  const listeners = ["ws://192.0.2.1:1", "ws://192.0.2.1:2"];
  const registration = await registerWithGateway({
    identity: generateEd25519(systemRandom),
    gateway: {
      ...nodeOf(gateway),
      entry: { listeners, tlsListener: undefined },
    },
    connect: (url) =>
      url === listeners[0]
        ? Promise.reject(new ConnectionError("Cannot connect: no"))
        : gateway.connect(url),
    clock,
  });
  assertEquals(registration.listener, listeners[1]);
  assertEquals(registration.fallback, listeners[0]);
  assertEquals(registration.sharedKey, gateway.sharedKey);
});
