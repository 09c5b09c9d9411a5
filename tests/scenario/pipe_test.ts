import { assertEquals } from "@std/assert";
import type { DebugConfig } from "../../lib/home/debug.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { listenStreams, openStream } from "../../lib/stream/open.ts";
import { FAST, openFast, pattern } from "../support/mixnet_clients.ts";
import { readAll, writeAll } from "../support/streams.ts";

/** Quicker to send again: what the default timers wait for is a story of its own. */
const QUICK: DebugConfig = {
  ...FAST,
  acknowledgements: { ...FAST.acknowledgements, ackWaitAddition: 700 },
};

const SIZE = 500_000;

for (
  const [what, faults] of Object.entries({
    "a good mixnet": {},
    "a mixnet that loses 5 % of packets": { loss: 5 },
    "a mixnet that mixes up and doubles packets": {
      reorder: 20,
      duplicate: 5,
    },
  })
) {
  Deno.test(`a stream carries 1 MB, half of it each way at once, through ${what}, equal to the last bit`, async () => {
    await using mixnet = await startMixnet({ gateways: 2, seed: 1, ...faults });
    const options = { settings: "loss" in faults ? QUICK : FAST };
    await using alice = await openFast(mixnet, options);
    await using bob = await openFast(mixnet, options);
    const callers = listenStreams(bob);
    const stream = openStream(alice, bob.address);
    const [up, down] = [pattern(SIZE), pattern(SIZE - 1)];
    const writing = writeAll(stream.writable, up);
    const { value: peer } = await callers.next();
    const [received, answered] = await Promise.all([
      readAll(peer!.readable),
      readAll(stream.readable),
      writing,
      writeAll(peer!.writable, down),
      stream.closed,
      peer!.closed,
    ]);
    assertEquals(received.length, up.length);
    assertEquals(received, up);
    assertEquals(answered, down);
    await callers.return();
  });
}
