import { assert } from "@std/assert";
import { equal } from "../../lib/bytes/equal.ts";
import type { DebugConfig } from "../../lib/home/debug.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { FAST, openFast, pattern } from "../support/mixnet_clients.ts";
import { carryThere } from "../support/streams.ts";

/** Quicker to send again: what the default timers wait for is a story of its own. */
const QUICK: DebugConfig = {
  ...FAST,
  acknowledgements: { ...FAST.acknowledgements, ackWaitAddition: 700 },
};

const SIZE = 250_000;

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
  Deno.test(`a stream carries half a megabyte, both ways at once, through ${what}, equal to the last bit`, async () => {
    await using mixnet = await startMixnet({ gateways: 2, seed: 1, ...faults });
    const options = { settings: "loss" in faults ? QUICK : FAST };
    await using alice = await openFast(mixnet, options);
    await using bob = await openFast(mixnet, options);
    const bytes = { up: pattern(SIZE), down: pattern(SIZE - 1) };
    const carried = await carryThere([alice, bob], bytes);
    assert(equal(carried.up, bytes.up), "the caller's bytes");
    assert(equal(carried.down, bytes.down), "the listener's bytes");
  });
}
