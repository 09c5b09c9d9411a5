import { rotationOfEpoch } from "../topology/rotation_schedule.ts";
import type { KeyRotationInfo } from "../wire/directory/key_rotation_info.ts";

/** An epoch of the main network is an hour. */
const EPOCH_MS = 3_600_000;
/** A key of the main network is valid for a day. */
const RULE = { validityEpochs: 24, initialEpochId: 0 } as const;

/**
 * Where the network stands at a time of the wall clock: epochs are hours since 1970, so that nothing has to be remembered
 * and a restart changes nothing.
 *
 * @param wall Milliseconds since 1970.
 * @param rotations How many key rotations came on top of those of the clock.
 */
export function keyRotationInfo(
  wall: number,
  rotations = 0,
): KeyRotationInfo {
  const hours = Math.floor(wall / EPOCH_MS);
  const currentEpochId = hours + rotations * RULE.validityEpochs;
  return {
    ...RULE,
    currentEpochId,
    currentEpochStart: hours * EPOCH_MS,
    epochDuration: EPOCH_MS,
    progress: rotationOfEpoch(currentEpochId, RULE),
  };
}
