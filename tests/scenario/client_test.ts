import { assert, assertEquals, assertRejects } from "@std/assert";
import type { MixnetClient } from "../../lib/client/client.ts";
import { memoryStores } from "../../lib/client/memory_stores.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import {
  ConnectionError,
  EXIT,
  NymError,
  ProtocolError,
  UsageError,
} from "../../lib/errors.ts";
import type { GatewayRegistration } from "../../lib/home/gateways.ts";
import { generateClientKeys } from "../../lib/home/keys.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import {
  FAST,
  openFast,
  PACED,
  pattern,
  take,
} from "../support/mixnet_clients.ts";

const text = (words: string) => new TextEncoder().encode(words);

function to(client: MixnetClient) {
  return { kind: "recipient", recipient: client.address } as const;
}

/** Packets leave so seldom that a test can look in between. */
const SLOW = {
  ...PACED,
  traffic: { ...PACED.traffic, messageSendingAverageDelay: 3_600_000 },
};

Deno.test("MixnetClient prepares a large message packet by packet", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  await using bob = await openFast(mixnet);
  const sending = await alice.send({
    target: to(bob),
    body: pattern(10_000_000),
  });
  assertEquals(sending.packets, 6235);
  while (alice.counters.outbox.real < 20) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  // The window opens little by little: no more than it allows is ever prepared.
  assert(alice.counters.unacknowledged < 500);
  assert(sending.progress! < 1000);
  assert(!await sending.withdraw());
});

Deno.test("MixnetClient.send() takes no more than it has room for, and goes on when there is some", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet, { settings: SLOW });
  await using bob = await openFast(mixnet, { settings: SLOW });
  const body = pattern(10_000_000);
  const first = await alice.send({ target: to(bob), body });
  const second = await alice.send({ target: to(bob), body });
  await assertRejects(
    () =>
      alice.send({ target: to(bob), body: text("small") }, {
        signal: AbortSignal.timeout(20),
      }),
    DOMException,
  );
  const third = alice.send({ target: to(bob), body: text("small") });
  assert(await first.withdraw());
  assertEquals((await third).packets, 1);
  assert(await second.withdraw());
});

Deno.test("MixnetClient takes a message back that has not left", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet, { settings: SLOW });
  const sending = await alice.send({
    target: to(alice),
    body: text("not yet"),
    lane: 5n,
  });
  assertEquals(alice.laneLength(6n), 0);
  assert(await sending.withdraw());
  assertEquals(alice.laneLength(5n), 0);
  await assertRejects(() => sending.reached("flushed"), NymError, "taken back");
});

Deno.test("MixnetClient.close() lets what is queued leave if it is given time", async () => {
  await using mixnet = await startMixnet();
  await using bob = await openFast(mixnet);
  const alice = await openFast(mixnet);
  await alice.send({ target: to(bob), body: pattern(20_000) });
  await alice.close({ drain: 30_000 });
  const [message] = await take(bob, 1);
  assertEquals(message!.body.length, 20_000);
});

Deno.test("MixnetClient.close() tells everybody, and nothing can be sent afterwards", async () => {
  await using mixnet = await startMixnet();
  const alice = await openFast(mixnet, { settings: SLOW });
  const sending = await alice.send({ target: to(alice), body: text("late") });
  const acked = assertRejects(() => sending.reached("acked"), ConnectionError);
  const states = Array.fromAsync(alice.states());
  const messages = Array.fromAsync(alice.messages());
  await alice.close();
  await alice.close();
  const error = await acked;
  assertEquals([error.exitCode, error.mayArrive], [EXIT.lost, false]);
  assertEquals(await states, [{ kind: "closed", reason: "closed" }]);
  assertEquals(await messages, []);
  await alice.closed;
  await assertRejects(
    () => alice.send({ target: to(alice), body: text("x") }),
    ConnectionError,
    "closed",
  );
});

Deno.test("MixnetClient that must not reconnect closes with the reason", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet, { reconnect: false });
  const states = Array.fromAsync(alice.states());
  await mixnet.node("gateway1").stop();
  await assertRejects(() => alice.closed, ConnectionError);
  assertEquals((await states).map(({ kind }) => kind), ["closed"]);
});

Deno.test("MixnetClient.send() sends the same message again in the same fragments", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  await using bob = await openFast(mixnet);
  const message = { target: to(bob), body: text("once"), surbs: 3 };
  const first = await alice.send(message);
  await first.reached("acked");
  const again = await alice.send({ ...message, resendOf: first.id });
  await again.reached("acked");
  assert(again.id !== first.id);
  await alice.send({ target: to(bob), body: text("end") });
  const received = await take(bob, 2);
  assertEquals(received.map(({ body }) => body), [text("once"), text("end")]);
  assertEquals(bob.counters.inbox.late, 1);
});

Deno.test("MixnetClient.send() refuses what cannot be sent", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  const large = await assertRejects(
    () =>
      alice.send({
        target: to(alice),
        body: new Uint8Array(60 * 1024 * 1024 + 1),
      }),
    NymError,
  );
  assertEquals(large.exitCode, EXIT.refused);
  for (const surbs of [-1, 0.5, 10_001]) {
    await assertRejects(
      () => alice.send({ target: to(alice), body: text("x"), surbs }),
      UsageError,
    );
  }
});

Deno.test("an empty message arrives empty", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  await alice.send({ target: to(alice), body: new Uint8Array(0) });
  const [message] = await take(alice, 1);
  assertEquals(message!.body.length, 0);
});

Deno.test("larger packets are used where that makes fewer of them", async () => {
  await using mixnet = await startMixnet();
  const settings = {
    ...FAST,
    traffic: { ...FAST.traffic, secondaryPacketSize: "extended16" },
  } as const;
  await using alice = await openFast(mixnet, { settings });
  await using bob = await openFast(mixnet);
  const large = await alice.send({ target: to(bob), body: pattern(100_000) });
  const small = await alice.send({ target: to(bob), body: text("small") });
  assertEquals([large.packets, small.packets], [7, 1]);
  const bodies = (await take(bob, 2)).map(({ body }) => body.length);
  assertEquals(bodies.sort((a, b) => a - b), [5, 100_000]);
});

Deno.test("cover traffic comes back to its sender and is told from messages", async () => {
  await using mixnet = await startMixnet();
  const settings = {
    ...PACED,
    coverTraffic: {
      ...PACED.coverTraffic,
      disableLoopCoverTrafficStream: false,
      loopCoverTrafficAverageDelay: 40,
    },
  };
  await using alice = await openFast(mixnet, { settings });
  await alice.send({ target: to(alice), body: text("among cover") });
  const [message] = await take(alice, 1);
  assertEquals(message!.body, text("among cover"));
  while (alice.counters.inbox.cover < 20) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assertEquals(alice.counters.inbox.unreadable, 0);
});

Deno.test("a client that comes back finds what arrived while it was away, and can still be answered", async () => {
  await using mixnet = await startMixnet();
  const who = {
    keys: generateClientKeys(systemRandom),
    stores: memoryStores(),
  };
  let registration: GatewayRegistration | undefined;
  const first = await openFast(mixnet, {
    ...who,
    onRegistered: (made) => registration = made,
  });
  await using bob = await openFast(mixnet);
  await first.send({ target: to(bob), body: text("call me"), surbs: 20 });
  const [question] = await take(bob, 1);
  await first.close();
  const away = await bob.send({ target: to(first), body: text("away?") });
  const answer = await bob.send({
    target: { kind: "reply", senderTag: question!.senderTag! },
    body: text("calling"),
  });
  await Promise.all([away.reached("acked"), answer.reached("acked")]);
  await using again = await openFast(mixnet, { ...who, registration });
  assertEquals(again.address, first.address);
  const messages = await take(again, 2);
  assertEquals(
    messages.map(({ body }) => new TextDecoder().decode(body)).sort(),
    ["away?", "calling"],
  );
  assert(messages.some(({ isReply }) => isReply));
});

Deno.test("openClient() names the gateway that is not on the network", async () => {
  await using mixnet = await startMixnet();
  const error = await assertRejects(
    () =>
      openFast(mixnet, {
        registration: {
          identity: systemRandom(32),
          sharedKey: systemRandom(32),
        },
      }),
    ProtocolError,
    "not on the network",
  );
  assertEquals(error.exitCode, EXIT.down);
});

Deno.test("openClient() leaves nothing behind when the gateway is down", async () => {
  await using mixnet = await startMixnet();
  await mixnet.node("gateway1").stop();
  await assertRejects(() => openFast(mixnet), ConnectionError, "Cannot reach");
});

Deno.test("openClient() gives up when its signal fires", async () => {
  await using mixnet = await startMixnet();
  await assertRejects(
    () => openFast(mixnet, { signal: AbortSignal.abort(new Error("enough")) }),
    Error,
    "enough",
  );
});
