import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Lane, Lanes, type LaneSource } from "../../lib/client/lanes.ts";
import { seededRandom } from "../support/seeded_random.ts";

/** A source of `count` items that carry a name. */
function source(name: string, count: number): LaneSource<string> {
  let left = count;
  return {
    get remaining() {
      return left;
    },
    next() {
      return `${name}${count - left--}`;
    },
  };
}

Deno.test("Lanes.take() is first in, first out within a lane", () => {
  const lanes = new Lanes<string>(seededRandom(1));
  lanes.push("general", source("a", 2));
  lanes.push("general", source("b", 1));
  assertEquals(lanes.length("general"), 3);
  assertEquals([1, 2, 3, 4].map(() => lanes.take()), [
    "a0",
    "a1",
    "b0",
    undefined,
  ]);
  assert(lanes.empty);
});

Deno.test("Lanes.take() lets small lanes go before one of a hundred", () => {
  const lanes = new Lanes<string>(seededRandom(2));
  lanes.push("general", source("bulk", 100));
  lanes.push(7n, source("chat", 5));
  lanes.push("retransmission", source("again", 5));
  const taken = Array.from({ length: 10 }, () => lanes.take()!);
  assertEquals(taken.filter((item) => item.startsWith("bulk")), []);
  assertEquals(lanes.take(), "bulk0");
});

Deno.test("Lanes.take() shares slots evenly among small lanes", () => {
  const lanes = new Lanes<string>(seededRandom(3));
  const counts: Record<string, number> = {};
  for (let round = 0; round < 300; round++) {
    lanes.push(1n, source("a", 1));
    lanes.push(2n, source("b", 1));
    lanes.push(3n, source("c", 1));
    const first = lanes.take()![0]!;
    counts[first] = (counts[first] ?? 0) + 1;
    lanes.take();
    lanes.take();
  }
  for (const name of ["a", "b", "c"]) {
    assert(counts[name]! > 75 && counts[name]! < 125);
  }
});

Deno.test("Lanes.take() prefers busy lanes among large ones, starving none", () => {
  const lanes = new Lanes<string>(seededRandom(4));
  for (const id of [1n, 2n, 3n, 4n]) lanes.push(id, source(`old`, 5000));
  for (let i = 0; i < 400; i++) lanes.take();
  for (const id of [5n, 6n, 7n, 8n]) lanes.push(id, source(`new`, 5000));
  let fresh = 0;
  for (let i = 0; i < 900; i++) {
    fresh += lanes.take()!.startsWith("new") ? 1 : 0;
  }
  // The newcomers get half of one slot in three: 150 of 900.
  assert(fresh > 110 && fresh < 190);
});

Deno.test("Lanes.take() leaves closed lanes alone", () => {
  const lanes = new Lanes<string>(seededRandom(5));
  lanes.push("general", source("a", 3));
  assertEquals(lanes.take((lane) => lane === "retransmission"), undefined);
  lanes.push("retransmission", source("r", 1));
  assertEquals(lanes.take((lane) => lane === "retransmission"), "r0");
  assertEquals(lanes.size, 3);
});

Deno.test("Lanes.remove() and drop() take sources out", () => {
  const lanes = new Lanes<string>(seededRandom(6));
  const kept = source("a", 2);
  const gone = source("b", 2);
  lanes.push(1n, kept);
  lanes.push(1n, gone);
  assert(lanes.remove(gone));
  assert(!lanes.remove(gone));
  assertEquals(lanes.length(1n), 2);
  assertEquals(lanes.drop(1n), [kept]);
  assertEquals(lanes.drop(1n), []);
  assertEquals([lanes.empty, lanes.size], [true, 0]);
});

Deno.test("Lanes.push() tells of arrivals, and ignores what is empty", () => {
  const lanes = new Lanes<string>(seededRandom(7));
  let arrivals = 0;
  lanes.onArrival(() => arrivals++);
  lanes.push("general", source("a", 1));
  lanes.push("general", source("b", 0));
  assertEquals([arrivals, lanes.size], [1, 1]);
});

Deno.test("Lanes give out everything that was put in, each item once", () => {
  const lane = fc.constantFrom<Lane>("general", "retransmission", 1n, 2n, 3n);
  fc.assert(fc.property(
    fc.array(fc.tuple(lane, fc.integer({ min: 0, max: 150 })), {
      maxLength: 12,
    }),
    fc.integer({ min: 0, max: 1000 }),
    (pushes, seed) => {
      const lanes = new Lanes<string>(seededRandom(seed));
      const wanted = pushes.flatMap(([, count], i) =>
        Array.from({ length: count }, (_, k) => `${i}:${k}`)
      );
      pushes.forEach(([lane, count], i) =>
        lanes.push(lane, source(`${i}:`, count))
      );
      const taken: string[] = [];
      for (let item = lanes.take(); item !== undefined; item = lanes.take()) {
        assertEquals(lanes.size, wanted.length - taken.length - 1);
        taken.push(item);
      }
      assertEquals(taken.sort(), wanted.sort());
    },
  ));
});
