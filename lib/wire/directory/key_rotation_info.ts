import { EXIT } from "../../errors.ts";
import { JsonReader } from "../json_reader.ts";
import { MAX_ANSWER_LENGTH, U32_MAX } from "./limits.ts";
import { formatRfc3339, readRfc3339 } from "./timestamp.ts";

/** Where the network stands in its epochs and key rotations: `v1/epoch/key-rotation-info`. */
export interface KeyRotationInfo {
  /** How many epochs one key is valid, at least 1. */
  readonly validityEpochs: number;
  /** The epoch in which rotations began. */
  readonly initialEpochId: number;
  /** The current epoch since the network began. */
  readonly currentEpochId: number;
  /** When it began, in milliseconds since 1970. */
  readonly currentEpochStart: number;
  /** How long an epoch lasts, in whole milliseconds, above 0. */
  readonly epochDuration: number;
  /** The current rotation as the directory counts it, though it follows from the rest. */
  readonly progress: KeyRotationProgress;
}

/** One key rotation. */
export interface KeyRotationProgress {
  /** Its number. */
  readonly rotationId: number;
  /** Its first epoch. */
  readonly startingEpoch: number;
  /** Its last epoch. */
  readonly endingEpoch: number;
}

/**
 * Read the key rotation info (nymtech/nym, nym-api/nym-api-requests/src/models/mixnet.rs).
 *
 * @throws {DecodeError} Naming the key path of what does not fit; exit code 3.
 */
export function decodeKeyRotationInfo(text: string): KeyRotationInfo {
  const json = JsonReader.parse(text, {
    title: "key rotation info",
    exitCode: EXIT.down,
    maxLength: MAX_ANSWER_LENGTH,
  });
  const state = json.field("key_rotation_state");
  const progress = json.field("progress");
  const u32 = (place: JsonReader, key: string) =>
    place.field(key).integer(0, U32_MAX);
  return {
    validityEpochs: state.field("validity_epochs").integer(1, U32_MAX),
    initialEpochId: u32(state, "initial_epoch_id"),
    currentEpochId: u32(json, "current_absolute_epoch_id"),
    currentEpochStart: readRfc3339(json.field("current_epoch_start")),
    epochDuration: readDuration(json.field("epoch_duration")),
    progress: {
      rotationId: u32(progress, "current_key_rotation_id"),
      startingEpoch: u32(progress, "current_rotation_starting_epoch"),
      endingEpoch: u32(progress, "current_rotation_ending_epoch"),
    },
  };
}

/** Write the key rotation info as the directory answers it. */
export function encodeKeyRotationInfo(info: KeyRotationInfo): string {
  const milliseconds = info.epochDuration % 1000;
  return JSON.stringify({
    key_rotation_state: {
      validity_epochs: info.validityEpochs,
      initial_epoch_id: info.initialEpochId,
    },
    current_absolute_epoch_id: info.currentEpochId,
    current_epoch_start: formatRfc3339(info.currentEpochStart),
    epoch_duration: {
      secs: (info.epochDuration - milliseconds) / 1000,
      nanos: milliseconds * 1_000_000,
    },
    progress: {
      current_key_rotation_id: info.progress.rotationId,
      current_rotation_starting_epoch: info.progress.startingEpoch,
      current_rotation_ending_epoch: info.progress.endingEpoch,
    },
  });
}

function readDuration(json: JsonReader): number {
  // A bound of a hundred years keeps the milliseconds exact.
  const seconds = json.field("secs").integer(0, 100 * 366 * 86_400);
  const nanos = json.field("nanos").integer(0, 999_999_999);
  const duration = seconds * 1000 + Math.floor(nanos / 1_000_000);
  if (duration === 0) throw json.error("need at least 1 ms, have less");
  return duration;
}
