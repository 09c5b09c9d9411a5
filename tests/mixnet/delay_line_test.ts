import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { DelayLine } from "../../lib/mixnet/delay_line.ts";
import { FakeClock } from "../support/fake_clock.ts";

interface Item {
  readonly name: string;
}

Deno.test("DelayLine releases each item at its own time, in the order of the times", async () => {
  const { clock, line, out } = setUp();
  for (const [name, at] of [["c", 30], ["a", 10], ["b", 20]] as const) {
    line.add({ name }, at);
  }
  await clock.advance(8);
  assertEquals(out, []);
  await clock.advance(2);
  assertEquals(out, ["a"]);
  await clock.advance(100);
  assertEquals(out, ["a", "b", "c"]);
  assertEquals(line.size, 0);
});

Deno.test("DelayLine passes on at once what is due", () => {
  const { line, out } = setUp();
  line.add({ name: "now" }, 0);
  line.add({ name: "past" }, -5);
  assertEquals(out, ["now", "past"]);
});

Deno.test("DelayLine refuses more than it may hold", () => {
  const { line } = setUp(2);
  const added = [1, 2, 3].map((n) => line.add({ name: `${n}` }, 100));
  assertEquals(added, [true, true, false]);
  assertEquals(line.close().length, 2);
});

Deno.test("DelayLine gives back what waits when it is closed, and takes no more", async () => {
  const { clock, line, out } = setUp();
  line.add({ name: "late" }, 100);
  assertEquals(line.close(), [{ name: "late" }]);
  assert(!line.add({ name: "later" }, 0));
  await clock.advance(1000);
  assertEquals(out, []);
  assertEquals(clock.sleepers, 0);
});

Deno.test("DelayLine keeps items of equal times in the order in which they came", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 2, max: 6 }), { maxLength: 60 }),
      async (times) => {
        const { clock, line, out } = setUp(100);
        times.forEach((time, n) => line.add({ name: `${n}` }, time * 10));
        await clock.advance(100);
        const sorted = times.map((time, n) => ({ time, n }))
          .sort((a, b) => a.time - b.time || a.n - b.n);
        assertEquals(out, sorted.map(({ n }) => `${n}`));
      },
    ),
    { numRuns: 25 },
  );
});

function setUp(capacity = 10) {
  const clock = new FakeClock();
  const out: string[] = [];
  const line = new DelayLine<Item>({
    clock,
    capacity,
    onDue: ({ name }) => out.push(name),
  });
  return { clock, line, out };
}
