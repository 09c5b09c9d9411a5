import type { Clock } from "../async/clock.ts";
import type { TopologySettings } from "../home/debug.ts";
import {
  epochStart,
  isEpochStuck,
  nextRotationStart,
} from "../topology/rotation_schedule.ts";
import type { LearnedState } from "./directory.ts";

/** After so many refreshes that failed in a row what is known of the network is too old to be used. */
export const MAX_FAILURES = 10;

/** What a state that an earlier run has learned is good for. */
export type Worth =
  /** A client that had gone on running would use it, and not ask yet. */
  | "recent"
  /** A client that had gone on running would use it only while nobody answers. */
  | "old"
  /** No client would use it any more. */
  | "useless";

/**
 * What a state is good for at a time (milliseconds since 1970): for no longer than a client that has learned it and runs on
 * would use it, and for no key that nodes have thrown away.
 */
export function worthOf(
  state: LearnedState,
  now: number,
  { topologyRefreshRate }: TopologySettings,
): Worth {
  const age = now - state.learnedAt;
  const keysEnd = endOfKeys(state);
  const isUseless = age < 0 || age >= topologyRefreshRate * MAX_FAILURES ||
    now >= keysEnd.nodes;
  if (isUseless) return "useless";
  return age < topologyRefreshRate && now < keysEnd.rotation ? "recent" : "old";
}

/** Refreshes that a client which had gone on running would have tried by now, all in vain. */
export function missedRefreshes(
  { learnedAt }: LearnedState,
  clock: Pick<Clock, "wall">,
  { topologyRefreshRate }: TopologySettings,
): number {
  return Math.floor((clock.wall() - learnedAt) / topologyRefreshRate);
}

/** When the keys of a topology are followed by others, and when nodes throw them away: an epoch later. */
function endOfKeys(
  { topology, keyRotation }: LearnedState,
): { readonly rotation: number; readonly nodes: number } {
  if (keyRotation === undefined || isEpochStuck(topology, keyRotation)) {
    return { rotation: Infinity, nodes: Infinity };
  }
  const next = nextRotationStart(topology.epochId, keyRotation);
  const rotation = epochStart(next, keyRotation);
  return { rotation, nodes: rotation + keyRotation.epochDuration };
}
