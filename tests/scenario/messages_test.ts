import { assert, assertEquals } from "@std/assert";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { openFast, pattern, take } from "../support/mixnet_clients.ts";

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

for (const size of [100_000, 1_000_000]) {
  Deno.test(`${size} bytes go both ways at once, between two gateways`, async () => {
    await using mixnet = await startMixnet({ gateways: 2 });
    const [first, second] = mixnet.nodes.filter(({ clientUrl }) => clientUrl);
    await using alice = await openFast(mixnet, { gateway: first!.identity });
    await using bob = await openFast(mixnet, { gateway: second!.identity });
    const body = pattern(size);
    const sendings = [
      await alice.send({
        target: { kind: "recipient", recipient: bob.address },
        body,
      }),
      await bob.send({
        target: { kind: "recipient", recipient: alice.address },
        body,
      }),
    ];
    const [[atBob], [atAlice]] = await Promise.all([
      take(bob, 1),
      take(alice, 1),
    ]);
    assertEquals(atBob!.body, body);
    assertEquals(atAlice!.body, body);
    for (const sending of sendings) await sending.reached("acked");
    assert(alice.counters.unacknowledged === 0);
  });
}
