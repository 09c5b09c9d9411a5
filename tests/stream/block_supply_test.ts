import {
  assert,
  assertEquals,
  assertFalse,
  assertGreater,
  assertLess,
} from "@std/assert";
import { BlockSupply, fullPayload } from "../../lib/stream/block_supply.ts";

/** A segment that fills its eight packets. */
const FULL = 8 * 1604 - 3;

/**
 * A listener that spends 50 blocks a second on full segments, for so long; every so many of them come late. Returns how many
 * blocks it was sent.
 */
function spendSteadily(
  supply: BlockSupply,
  { seconds, lateEvery = Infinity }: { seconds: number; lateEvery?: number },
): number {
  let sent = 0;
  for (let i = 0; i < seconds * 50 / 8; i++) {
    const late = i % lateEvery === 0;
    supply.spent({ size: FULL, late, now: i * 8 / 50 * 1000 });
    sent += fill(supply);
  }
  return sent;
}

/** Attach blocks as long as it is time to. */
function fill(supply: BlockSupply): number {
  let count = 0;
  supply.attached(0);
  while (supply.urgent) {
    const blocks = supply.toAttach();
    supply.attached(blocks);
    count += blocks;
  }
  return count;
}

Deno.test("BlockSupply sends thirteen blocks with an opening, and two with what may overtake it", () => {
  const supply = new BlockSupply();
  assertEquals(supply.toAttach(), 13);
  assertFalse(supply.urgent);
  supply.attached(13);
  assertEquals(supply.toAttach(), 2);
});

Deno.test("BlockSupply keeps thirty blocks with a listener that says little", () => {
  const supply = new BlockSupply();
  supply.attached(13);
  supply.spent({ size: 100, late: false, now: 0 });
  assertEquals(supply.toAttach(), 0, "the confirmation goes by itself");
  assertFalse(supply.urgent);
  supply.attached(0);
  supply.attached(supply.toAttach());
  assertEquals(supply.left, 30);
  assertEquals(supply.toAttach(), 0);
  for (let now = 0; now < 60_000; now += 5000) {
    supply.spent({ size: 100, late: false, now });
    const blocks = supply.toAttach();
    assert(blocks === 0 || blocks >= 10, "few of them are not worth a packet");
    supply.attached(blocks);
    assertLess(supply.left, 40);
  }
});

Deno.test("BlockSupply keeps six seconds of what a listener spends with it", () => {
  const supply = new BlockSupply();
  supply.attached(13);
  spendSteadily(supply, { seconds: 10 });
  assertGreater(supply.left, 30 + 6 * 50 - 25);
  assertLess(supply.left, 30 + 6 * 60);
});

Deno.test("BlockSupply keeps no more than five hundred with a listener that spends fast", () => {
  const supply = new BlockSupply();
  for (let now = 0; now < 3000; now++) {
    supply.spent({ size: FULL, late: false, now });
    fill(supply);
  }
  assertGreater(supply.left, 475);
  assertLess(supply.left, 501);
});

Deno.test("BlockSupply reckons with what is spent on lost packets", () => {
  const [without, with_] = [Infinity, 3].map((lateEvery) =>
    spendSteadily(new BlockSupply(), { seconds: 60, lateEvery })
  );
  // A third of the segments is late when one packet of twenty is lost: 1 / 0.95² copies of each packet.
  assertGreater(with_! / without!, 1.08);
  assertLess(with_! / without!, 1.14);
});

Deno.test("BlockSupply begins anew with a listener that does not answer any more", () => {
  const supply = new BlockSupply();
  supply.attached(13);
  spendSteadily(supply, { seconds: 10 });
  supply.doubt();
  assertEquals(supply.left, 0);
  assertEquals(supply.toAttach(), 24);
  supply.attached(24);
  assertEquals(supply.toAttach(), 0, "few at a time");
});

Deno.test("BlockSupply believes a listener that has spent more than it was sent", () => {
  const supply = new BlockSupply();
  supply.attached(13);
  for (let i = 0; i < 10; i++) {
    supply.spent({ size: FULL, late: false, now: 0 });
  }
  assertEquals(supply.left, 0);
});

for (const blocks of [0, 13, 24]) {
  for (const isReply of [false, true]) {
    Deno.test(`fullPayload() fills packets to the last byte, ${blocks} blocks, ${isReply ? "reply" : "call"}`, () => {
      const overhead = 100;
      const size = fullPayload({ overhead, blocks, isReply });
      const envelope = isReply ? 3 : 23;
      const total = size + overhead + envelope + blocks * 460;
      assertEquals(total % 1604, 0);
      assertGreater(size, 7 * 1604 - 200);
    });
  }
}
