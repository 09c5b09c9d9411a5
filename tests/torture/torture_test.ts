import { assert, assertEquals } from "@std/assert";
import { torture } from "./torture.ts";

/** A taste of `deno task torture`, which kills a hundred times. */
const KILLS = 10;

Deno.test("two clients that are killed in mid-exchange lose nothing, and use no reply block twice", async () => {
  const { broken, counts } = await torture({ kills: KILLS, seed: 1 });
  assertEquals(broken, []);
  assert(counts.acked > 0 && counts.replies > 0, JSON.stringify(counts));
});
