import type {
  KeyRotationInfo,
  KeyRotationProgress,
} from "../wire/directory/key_rotation_info.ts";

/** How epochs make rotations. */
export type RotationRule = Pick<
  KeyRotationInfo,
  "validityEpochs" | "initialEpochId"
>;

/** How time makes epochs: one of them with its start, and how long each lasts. */
export type EpochClock = Pick<
  KeyRotationInfo,
  "currentEpochId" | "currentEpochStart" | "epochDuration"
>;

/**
 * The key rotation that an epoch belongs to (nymtech/nym,
 * common/cosmwasm-smart-contracts/mixnet-contract/src/key_rotation.rs).
 */
export function rotationOfEpoch(
  epochId: number,
  { validityEpochs, initialEpochId }: RotationRule,
): KeyRotationProgress {
  const since = Math.max(0, epochId - initialEpochId);
  const rotationId = Math.floor(since / validityEpochs);
  const startingEpoch = initialEpochId + rotationId * validityEpochs;
  return {
    rotationId,
    startingEpoch,
    endingEpoch: startingEpoch + validityEpochs - 1,
  };
}

/** The epoch in which the rotation after that of an epoch begins. */
export function nextRotationStart(epochId: number, rule: RotationRule): number {
  return rotationOfEpoch(epochId, rule).endingEpoch + 1;
}

/** When an epoch begins or began, in milliseconds since 1970. */
export function epochStart(epochId: number, clock: EpochClock): number {
  const { currentEpochId, currentEpochStart, epochDuration } = clock;
  return currentEpochStart + (epochId - currentEpochId) * epochDuration;
}

/** Whether the network fails to advance: a topology's epoch is not the one that its time falls into. */
export function isEpochStuck(
  topology: { readonly epochId: number; readonly refreshedAt: number },
  clock: EpochClock,
): boolean {
  const { currentEpochId, currentEpochStart, epochDuration } = clock;
  const since = topology.refreshedAt - currentEpochStart;
  const planned = currentEpochId + Math.floor(since / epochDuration);
  return planned !== topology.epochId;
}
