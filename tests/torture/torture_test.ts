import { assert, assertEquals } from "@std/assert";
import { tortureCommands } from "./commands.ts";
import { torture } from "./torture.ts";

/** A taste of `deno task torture`, which kills a hundred times. */
const KILLS = 7;

Deno.test("two clients that are killed in mid-exchange lose nothing, and use no reply block twice", async () => {
  const { broken, counts } = await torture({ kills: KILLS, seed: 1 });
  assertEquals(broken, []);
  assert(counts.acked > 0 && counts.replies > 0, JSON.stringify(counts));
});

Deno.test("run, listen and send that are killed lose nothing, and use no reply block twice", async () => {
  const { broken, counts } = await tortureCommands({ kills: 2, seed: 1 });
  assertEquals(broken, []);
  assert(counts.acked > 0, JSON.stringify(counts));
});
