import { assertEquals } from "@std/assert";
import type { MixnetClient } from "../../lib/client/client.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { FAST, openFast, pattern, take } from "../support/mixnet_clients.ts";

Deno.test("a message of one packet goes from one client to another, and its acknowledgement home", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  await using bob = await openFast(mixnet);
  const body = new TextEncoder().encode("hello");
  const sending = await alice.send({
    target: { kind: "recipient", recipient: bob.address },
    body,
  });
  const [message] = await take(bob, 1);
  assertEquals(message!.body, body);
  assertEquals(message!.senderTag, undefined);
  await sending.reached("acked");
  assertEquals(sending.packets, 1);
});

Deno.test("100 KB go both ways at once, between two gateways", async () => {
  await using mixnet = await startMixnet({ gateways: 2 });
  const [first, second] = mixnet.nodes.filter(({ clientUrl }) => clientUrl);
  await using alice = await openFast(mixnet, { gateway: first!.identity });
  await using bob = await openFast(mixnet, { gateway: second!.identity });
  await exchange(alice, bob, pattern(100_000));
});

Deno.test("a megabyte goes both ways, in small packets and in large ones", async () => {
  await using mixnet = await startMixnet();
  const traffic = { ...FAST.traffic, primaryPacketSize: "extended32" } as const;
  const settings = { ...FAST, traffic };
  await using alice = await openFast(mixnet);
  await using bob = await openFast(mixnet, { settings });
  await exchange(alice, bob, pattern(1_000_000));
});

/** Send the same both ways at once. */
async function exchange(
  alice: MixnetClient,
  bob: MixnetClient,
  body: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const send = (from: MixnetClient, to: MixnetClient) =>
    from.send({ target: { kind: "recipient", recipient: to.address }, body });
  const sendings = [await send(alice, bob), await send(bob, alice)];
  const [[atBob], [atAlice]] = await Promise.all([
    take(bob, 1),
    take(alice, 1),
  ]);
  assertEquals(atBob!.body, body);
  assertEquals(atAlice!.body, body);
  for (const sending of sendings) await sending.reached("acked");
  assertEquals(alice.counters.unacknowledged, 0);
}
