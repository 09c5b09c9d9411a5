import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  epochStart,
  isEpochStuck,
  nextRotationStart,
  rotationOfEpoch,
} from "../../lib/topology/rotation_schedule.ts";

const HOUR = 3_600_000;
const RULE = { validityEpochs: 24, initialEpochId: 0 };
const CLOCK = {
  currentEpochId: 50,
  currentEpochStart: Date.UTC(2026, 4, 16, 6),
  epochDuration: HOUR,
};

Deno.test("rotationOfEpoch() follows the documented answer", () => {
  assertEquals(rotationOfEpoch(50, RULE), {
    rotationId: 2,
    startingEpoch: 48,
    endingEpoch: 71,
  });
  assertEquals(nextRotationStart(50, RULE), 72);
});

Deno.test("rotationOfEpoch() counts from the initial epoch, and none before it", () => {
  const rule = { validityEpochs: 3, initialEpochId: 10 };
  const ids = [0, 9, 10, 12, 13, 15, 16].map((epoch) =>
    rotationOfEpoch(epoch, rule).rotationId
  );
  assertEquals(ids, [0, 0, 0, 0, 1, 1, 2]);
  assertEquals(rotationOfEpoch(13, rule).startingEpoch, 13);
});

Deno.test("rotationOfEpoch() puts every epoch into its rotation", () => {
  const u32 = fc.nat(2 ** 32 - 1);
  const rule = fc.record({
    validityEpochs: fc.integer({ min: 1, max: 10_000 }),
    initialEpochId: u32,
  });
  fc.assert(fc.property(u32, rule, (since, rule) => {
    const epoch = rule.initialEpochId + since;
    const { rotationId, startingEpoch, endingEpoch } = rotationOfEpoch(
      epoch,
      rule,
    );
    assert(startingEpoch <= epoch && epoch <= endingEpoch);
    assertEquals(endingEpoch - startingEpoch + 1, rule.validityEpochs);
    const next = rotationOfEpoch(nextRotationStart(epoch, rule), rule);
    assertEquals(next.rotationId, rotationId + 1);
    assertEquals(next.startingEpoch, endingEpoch + 1);
  }));
});

Deno.test("epochStart() counts from the known epoch, both ways", () => {
  const { currentEpochStart: start } = CLOCK;
  assertEquals(epochStart(52, CLOCK), start + 2 * HOUR);
  assertEquals(epochStart(48, CLOCK), start - 2 * HOUR);
});

Deno.test("isEpochStuck() compares a topology's epoch with its time", () => {
  const { currentEpochStart: start } = CLOCK;
  for (
    const [refreshedAt, epochId] of [
      [start - 1, 49],
      [start, 50],
      [start + HOUR - 1, 50],
      [start + HOUR, 51],
      [start + 3 * HOUR, 53],
    ] as const
  ) {
    assert(!isEpochStuck({ epochId, refreshedAt }, CLOCK));
    assert(isEpochStuck({ epochId: epochId - 1, refreshedAt }, CLOCK));
  }
});
