import { assert, assertEquals } from "@std/assert";
import { drawDelay } from "../../lib/sphinx/delay.ts";
import { seededRandom } from "../support/seeded_random.ts";

Deno.test("drawDelay() is exponential around its average", () => {
  const random = seededRandom(1);
  const draws = Array.from(
    { length: 20_000 },
    () => Number(drawDelay(50, random)) / 1e6,
  );
  const mean = draws.reduce((sum, draw) => sum + draw) / draws.length;
  assert(Math.abs(mean - 50) < 1.5, `mean ${mean}`);
  // Of an exponential distribution e^-2 lies above twice the average.
  const tail = draws.filter((draw) => draw > 100).length / draws.length;
  assert(Math.abs(tail - Math.exp(-2)) < 0.01, `tail ${tail}`);
});

Deno.test("drawDelay() is zero for an average of zero and draws nothing", () => {
  assertEquals(
    drawDelay(0, () => {
      throw new Error("nothing is to be drawn");
    }),
    0n,
  );
});

Deno.test("drawDelay() stays finite at both ends of the draw", () => {
  const longest = drawDelay(50, (length) => new Uint8Array(length));
  const shortest = drawDelay(50, (length) => new Uint8Array(length).fill(255));
  assertEquals(shortest, 0n);
  assert(longest > 1_800_000_000n && longest < 1_900_000_000n);
});
