import { assertEquals } from "@std/assert";
import { keyRotationInfo } from "../../lib/mixnet/epoch.ts";

Deno.test("keyRotationInfo() counts hours and days of the wall clock", () => {
  const wall = Date.UTC(2026, 4, 16, 6, 27, 52);
  const info = keyRotationInfo(wall);
  assertEquals(info.currentEpochStart, Date.UTC(2026, 4, 16, 6));
  assertEquals(info.epochDuration, 3_600_000);
  const { rotationId, startingEpoch, endingEpoch } = info.progress;
  assertEquals(rotationId, Math.floor(info.currentEpochId / 24));
  assertEquals(endingEpoch - startingEpoch + 1, info.validityEpochs);
  assertEquals(info.currentEpochId - startingEpoch, 6);
});

Deno.test("keyRotationInfo() steps to the next rotation at midnight, and on request", () => {
  const late = Date.UTC(2026, 4, 16, 23, 59, 59);
  const id = (wall: number, rotations?: number) =>
    keyRotationInfo(wall, rotations).progress.rotationId;
  assertEquals(id(late + 1000), id(late) + 1);
  assertEquals(id(late, 3), id(late) + 3);
});
