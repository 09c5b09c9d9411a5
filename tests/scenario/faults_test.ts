import { assert, assertEquals, assertRejects } from "@std/assert";
import { EXIT, NymError } from "../../lib/errors.ts";
import type { MixnetClient } from "../../lib/client/client.ts";
import type { MailboxState } from "../../lib/mailbox/mailbox.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { openFast, PACED, pattern, take } from "../support/mixnet_clients.ts";

function send(from: MixnetClient, to: MixnetClient, body: Uint8Array) {
  return from.send({
    target: { kind: "recipient", recipient: to.address },
    body,
  });
}

/** Wait for a state of a kind. */
async function state(
  client: MixnetClient,
  kind: MailboxState["kind"],
): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  for await (const state of client.states({ signal })) {
    if (state.kind === kind) return;
  }
}

for (const [loss, length] of [[5, 30_000], [20, 20_000]] as const) {
  Deno.test(`with ${loss} percent of the packets lost, no message is`, async () => {
    await using mixnet = await startMixnet({ loss, seed: 5 });
    await using alice = await openFast(mixnet, { settings: PACED });
    await using bob = await openFast(mixnet, { settings: PACED });
    const body = pattern(length);
    const sendings = [
      await send(alice, bob, body),
      await send(bob, alice, body),
    ];
    for (const client of [bob, alice]) {
      const [message] = await take(client, 1);
      assertEquals(message!.body, body);
    }
    for (const sending of sendings) await sending.reached("acked");
    assert(mixnet.counters().lostPackets > 0);
    assert(alice.counters.outbox.retransmissions > 0);
  });
}

Deno.test("a gateway that swallows acknowledgements makes repetitions, and the message arrives once", async () => {
  await using mixnet = await startMixnet({ gateways: 2 });
  const [near, far] = mixnet.nodes.filter(({ clientUrl }) => clientUrl);
  await using alice = await openFast(mixnet, {
    gateway: near!.identity,
    settings: PACED,
  });
  await using bob = await openFast(mixnet, { gateway: far!.identity });
  far!.setFaults({ swallowAcks: true });
  const sending = await send(alice, bob, pattern(3000));
  await take(bob, 1);
  // It comes to this however busy the machine is: nothing else can happen.
  while (
    alice.counters.outbox.retransmissions < 2 || bob.counters.inbox.late < 2
  ) await new Promise((next) => setTimeout(next, 20));
  far!.setFaults({ swallowAcks: false });
  await sending.reached("acked");
});

Deno.test("duplicated and overtaking packets make every message arrive once", async () => {
  await using mixnet = await startMixnet({
    duplicate: 20,
    reorder: 20,
    seed: 7,
  });
  await using alice = await openFast(mixnet, { settings: PACED });
  await using bob = await openFast(mixnet);
  const bodies = Array.from({ length: 10 }, (_, i) => pattern(1000 + 500 * i));
  for (const body of bodies) await send(alice, bob, body);
  const messages = await take(bob, bodies.length);
  const lengths = messages.map(({ body }) => body.length);
  assertEquals(
    lengths.sort((a, b) => a - b),
    bodies.map(({ length }) => length),
  );
});

Deno.test("a gateway that restarts is connected to again, and nothing queued is lost", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet, { settings: PACED });
  await using bob = await openFast(mixnet);
  const lost = Promise.all([
    state(alice, "reconnecting"),
    state(bob, "reconnecting"),
  ]);
  const sendings = [await send(alice, bob, pattern(20_000))];
  await mixnet.node("gateway1").stop();
  await lost;
  const back = Promise.all([
    state(alice, "connected"),
    state(bob, "connected"),
  ]);
  sendings.push(await send(alice, bob, pattern(5000)));
  await mixnet.restartNode("gateway1");
  await back;
  const messages = await take(bob, 2);
  assertEquals(messages.map(({ body }) => body.length).sort(), [20_000, 5000]);
  for (const sending of sendings) await sending.reached("acked");
});

Deno.test("a mix node that comes back with new keys is found again", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet, { settings: PACED });
  await using bob = await openFast(mixnet);
  const sending = await send(alice, bob, pattern(30_000));
  await mixnet.restartNode("mix2", { freshKeys: true });
  const [message] = await take(bob, 1);
  assertEquals(message!.body.length, 30_000);
  await sending.reached("acked");
});

Deno.test("keys that rotate in mid-transfer do no harm", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet, { settings: PACED });
  await using bob = await openFast(mixnet);
  const sending = await send(alice, bob, pattern(30_000));
  await mixnet.rotateKeys();
  const [message] = await take(bob, 1);
  assertEquals(message!.body.length, 30_000);
  await sending.reached("acked");
});

Deno.test("a recipient whose gateway is not on the network is refused at once", async () => {
  await using mixnet = await startMixnet();
  await using other = await startMixnet();
  await using alice = await openFast(mixnet);
  await using stranger = await openFast(other);
  const error = await assertRejects(
    () => send(alice, stranger, pattern(10)),
    NymError,
  );
  assertEquals(error.exitCode, EXIT.address);
});
