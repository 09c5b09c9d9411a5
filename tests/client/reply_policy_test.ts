import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  judgeWait,
  requestFor,
  requestSize,
  spendable,
} from "../../lib/client/reply_policy.ts";
import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";

const settings = DEFAULT_DEBUG.replySurbs;

Deno.test("requestSize() asks at the thresholds of the official client", () => {
  const grid: [number, number, number, number][] = [
    // fresh, requested, waiting: how many to ask for
    [0, 0, 0, 10],
    [9, 0, 0, 10],
    [10, 0, 0, 0],
    [9, 1, 0, 0],
    [3, 0, 0, 10],
    [10, 0, 1, 10],
    [10, 0, 10, 10],
    [10, 0, 11, 11],
    [10, 0, 50, 50],
    [10, 0, 51, 50],
    [10, 50, 51, 50],
    [10, 51, 51, 0],
    [60, 0, 51, 50],
    [61, 0, 51, 0],
    [150, 49, 1000, 50],
    [150, 50, 1000, 0],
    [199, 0, 1000, 50],
    [200, 0, 1000, 0],
    [0, 200, 1000, 0],
  ];
  for (const [fresh, requested, waiting, wanted] of grid) {
    assertEquals(
      requestSize({ fresh, requested, waiting }, settings),
      wanted,
      `${fresh} fresh, ${requested} requested, ${waiting} waiting`,
    );
  }
});

Deno.test("requestSize() stays between the bounds of a request, with any settings", () => {
  const count = fc.integer({ min: 0, max: 500 });
  fc.assert(fc.property(
    count,
    count,
    count,
    count,
    (fresh, requested, waiting, buffer) => {
      const varied = { ...settings, minimumReplySurbThresholdBuffer: buffer };
      const size = requestSize({ fresh, requested, waiting }, varied);
      const need = fresh + requested < 200 &&
        fresh + requested < waiting + 10 + buffer;
      assertEquals(size > 0, need);
      assert(size === 0 || (size >= 10 && size <= 50));
      if (size > 0) assertEquals(size, requestFor(waiting, varied));
    },
  ));
});

Deno.test("spendable() keeps ten blocks to ask with", () => {
  const spent = [0, 9, 10, 11, 200].map((have) => spendable(have, settings));
  assertEquals(spent, [0, 0, 0, 1, 190]);
});

Deno.test("judgeWait() asks again after ten seconds, five times, and gives up after five minutes", () => {
  assertEquals(judgeWait(10_000, 0, settings), "wait");
  assertEquals(judgeWait(10_001, 0, settings), "askAgain");
  assertEquals(judgeWait(10_001, 4, settings), "askAgain");
  assertEquals(judgeWait(10_001, 5, settings), "giveUp");
  assertEquals(judgeWait(300_000, 0, settings), "askAgain");
  assertEquals(judgeWait(300_001, 0, settings), "giveUp");
});
