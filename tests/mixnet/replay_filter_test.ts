import { assert, assertEquals } from "@std/assert";
import { randomIndex } from "../../lib/crypto/random.ts";
import { ReplayFilter } from "../../lib/mixnet/replay_filter.ts";
import { seededRandom } from "../support/seeded_random.ts";

Deno.test("ReplayFilter knows a tag again, and no other", () => {
  const filter = new ReplayFilter();
  assertEquals([1, 2, 1, 3, 2].map((n) => filter.add(tag(n))), [
    true,
    true,
    false,
    true,
    false,
  ]);
});

Deno.test("ReplayFilter keeps the latest tags and tells of those it forgets", () => {
  let forgotten = 0;
  const filter = new ReplayFilter({
    capacity: 10,
    onForgotten: (tags) => forgotten += tags,
  });
  for (let n = 0; n < 35; n++) filter.add(tag(n));
  assertEquals(forgotten, 20);
  const known = Array.from({ length: 35 }, (_, n) => n)
    .filter((n) => n >= 20).map((n) => filter.add(tag(n)));
  assert(!known.some(Boolean));
  assert(filter.add(tag(0)));
});

Deno.test("ReplayFilter says what a set would say, however tags crowd", () => {
  const filter = new ReplayFilter({ capacity: 2000 });
  const set = new Set<string>();
  const random = seededRandom(1);
  for (let n = 0; n < 5000; n++) {
    const bytes = new Uint8Array(32);
    const view = new DataView(bytes.buffer);
    view.setUint32(8, randomIndex(random, 40));
    // None is all zeros.
    view.setUint32(12, 1 + randomIndex(random, 40));
    const isNew = !set.has(bytes.toHex());
    set.add(bytes.toHex());
    assertEquals(filter.add(bytes), isNew);
  }
});

function tag(n: number): Uint8Array {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(12, n + 1);
  return bytes;
}
