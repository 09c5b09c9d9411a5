import { assertEquals } from "@std/assert";
import type { LearnedState } from "../../lib/client/directory.ts";
import { worthOf } from "../../lib/client/remembered.ts";
import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { keyRotationInfo } from "../../lib/mixnet/epoch.ts";

const MINUTE = 60_000;
/** The middle of a key rotation, which is a day. */
const NOON = Date.UTC(2026, 4, 16, 12);
const MIDNIGHT = Date.UTC(2026, 4, 17);

function learned(learnedAt: number, refreshedAt = learnedAt): LearnedState {
  const keyRotation = keyRotationInfo(learnedAt);
  const { progress, currentEpochId } = keyRotation;
  return {
    learnedAt,
    keyRotation,
    topology: {
      rotationId: progress.rotationId,
      epochId: currentEpochId,
      refreshedAt,
      layers: [[], [], []],
      gateways: new Map(),
    },
  };
}

for (
  const [what, at, now, worth] of [
    ["now", NOON, NOON, "recent"],
    ["until it would be refreshed", NOON, NOON + 5 * MINUTE - 1, "recent"],
    ["from then on", NOON, NOON + 5 * MINUTE, "old"],
    ["until it would be given up", NOON, NOON + 50 * MINUTE - 1, "old"],
    ["from then on", NOON, NOON + 50 * MINUTE, "useless"],
    ["with a clock that was set back", NOON, NOON - 1, "useless"],
    ["before keys rotate", MIDNIGHT - 2 * MINUTE, MIDNIGHT - 1, "recent"],
    ["when keys have rotated", MIDNIGHT - 2 * MINUTE, MIDNIGHT, "old"],
  ] as const
) {
  Deno.test(`worthOf() is ${worth} ${what}`, () => {
    const { topology: settings } = DEFAULT_DEBUG;
    assertEquals(worthOf(learned(at), now, settings), worth);
  });
}

Deno.test("worthOf() is useless when nodes have thrown the keys away, however seldom it is refreshed", () => {
  const settings = { ...DEFAULT_DEBUG.topology, topologyRefreshRate: 1e9 };
  const state = learned(NOON);
  const thrownAway = MIDNIGHT + 60 * MINUTE;
  assertEquals(worthOf(state, MIDNIGHT - 1, settings), "recent");
  assertEquals(worthOf(state, thrownAway - 1, settings), "old");
  assertEquals(worthOf(state, thrownAway, settings), "useless");
});

Deno.test("worthOf() does not count on rotations of a network that stands still", () => {
  const { topology: settings } = DEFAULT_DEBUG;
  const at = MIDNIGHT - MINUTE;
  const stuck = learned(at, at + 24 * 60 * MINUTE);
  assertEquals(worthOf(stuck, MIDNIGHT, settings), "recent");
});
