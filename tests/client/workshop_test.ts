import { assertEquals } from "@std/assert";
import { Workshop } from "../../lib/client/workshop.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A workshop whose builds take so long, one after the other. */
function workshop(clock: FakeClock, costs: number[]) {
  return new Workshop({
    clock,
    buildReal: () => undefined,
    buildCover: () => {
      clock.jump(costs.shift()!);
      return { cover: true, wanted: () => true };
    },
  });
}

Deno.test("Workshop builds ahead after a build that the machine held up, and not where builds are slow", () => {
  for (
    const { costs, isAhead } of [
      { costs: [1, 500], isAhead: true },
      { costs: [9, 9, 9, 9], isAhead: false },
    ]
  ) {
    const clock = new FakeClock();
    const shop = workshop(clock, [...costs, 1]);
    for (const _ of costs) shop.buildCover();
    const done = shop.step(clock.now() + 3, { cover: true });
    assertEquals(done, isAhead);
  }
});
