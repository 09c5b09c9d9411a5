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

/** The epoch that a time (milliseconds since 1970) falls into if epochs advance as planned. */
export function epochAt(now: number, clock: EpochClock): number {
  const { currentEpochId, currentEpochStart, epochDuration } = clock;
  return currentEpochId +
    Math.floor((now - currentEpochStart) / epochDuration);
}

/** Whether the network fails to advance: a topology's epoch is not the one that its time falls into. */
export function isEpochStuck(
  topology: { readonly epochId: number; readonly refreshedAt: number },
  clock: EpochClock,
): boolean {
  return epochAt(topology.refreshedAt, clock) !== topology.epochId;
}

/**
 * Nodes may have thrown away the keys of reply blocks that were received before this time (milliseconds since 1970): one
 * epoch before the rotation of `epochId` began.
 */
export function oldestUsableSurb(
  epochId: number,
  info: RotationRule & EpochClock,
): number {
  const { startingEpoch } = rotationOfEpoch(epochId, info);
  return epochStart(startingEpoch - 1, info);
}

/** What a directory publishes at a time if epochs advance as planned from `clock` on. */
export function keyRotationInfoAt(
  now: number,
  { validityEpochs, initialEpochId, ...clock }: RotationRule & EpochClock,
): KeyRotationInfo {
  const rule = { validityEpochs, initialEpochId };
  const currentEpochId = epochAt(now, clock);
  return {
    ...rule,
    currentEpochId,
    currentEpochStart: epochStart(currentEpochId, clock),
    epochDuration: clock.epochDuration,
    progress: rotationOfEpoch(currentEpochId, rule),
  };
}
