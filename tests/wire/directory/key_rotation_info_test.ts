// deno-lint-ignore-file camelcase -- the names of the official directory
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../../lib/errors.ts";
import {
  decodeKeyRotationInfo,
  encodeKeyRotationInfo,
  type KeyRotationInfo,
} from "../../../lib/wire/directory/key_rotation_info.ts";
import { jsonMutations, truncations } from "../../support/json_mutations.ts";

const JSON_VALUE = {
  key_rotation_state: { validity_epochs: 24, initial_epoch_id: 0 },
  current_absolute_epoch_id: 50,
  current_epoch_start: "2026-05-16T06:00:00Z",
  epoch_duration: { secs: 3600, nanos: 0 },
  progress: {
    current_key_rotation_id: 2,
    current_rotation_starting_epoch: 48,
    current_rotation_ending_epoch: 71,
  },
};
const INFO: KeyRotationInfo = {
  validityEpochs: 24,
  initialEpochId: 0,
  currentEpochId: 50,
  currentEpochStart: Date.UTC(2026, 4, 16, 6),
  epochDuration: 3_600_000,
  progress: { rotationId: 2, startingEpoch: 48, endingEpoch: 71 },
};

Deno.test("decodeKeyRotationInfo() and encodeKeyRotationInfo() agree on the documented answer", () => {
  assertEquals(decodeKeyRotationInfo(JSON.stringify(JSON_VALUE)), INFO);
  assertEquals(JSON.parse(encodeKeyRotationInfo(INFO)), JSON_VALUE);
});

Deno.test("decodeKeyRotationInfo() refuses what nothing could be reckoned with", () => {
  for (
    const [change, message] of [
      [
        { key_rotation_state: { validity_epochs: 0, initial_epoch_id: 0 } },
        "key_rotation_state.validity_epochs: need an integer from 1 to 4294967295, have 0",
      ],
      [
        { epoch_duration: { secs: 0, nanos: 999_999 } },
        "epoch_duration: need at least 1 ms, have less",
      ],
      [
        { current_epoch_start: "2026-05-16 06:27:52.0 +00:00:00" },
        "current_epoch_start: need an RFC 3339 timestamp, have other text",
      ],
      [{ progress: undefined }, "progress: missing"],
    ] as const
  ) {
    const text = JSON.stringify({ ...JSON_VALUE, ...change });
    const error = assertThrows(() => decodeKeyRotationInfo(text), DecodeError);
    assertEquals(error.message, `Cannot decode key rotation info: ${message}`);
  }
});

Deno.test("decodeKeyRotationInfo() refuses every malformed shape", () => {
  for (const { path, text } of jsonMutations(structuredClone(JSON_VALUE))) {
    const error = assertThrows(() => decodeKeyRotationInfo(text), DecodeError);
    assert(error.message.includes(path), `${path}: ${error.message}`);
  }
  for (const text of truncations(JSON.stringify(JSON_VALUE))) {
    assertThrows(() => decodeKeyRotationInfo(text), DecodeError);
  }
});

Deno.test("encodeKeyRotationInfo() is read back as it was", () => {
  const u32 = fc.nat(2 ** 32 - 1);
  const info = fc.record({
    validityEpochs: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    initialEpochId: u32,
    currentEpochId: u32,
    currentEpochStart: fc.nat(4e12),
    epochDuration: fc.integer({ min: 1, max: 3e12 }),
    progress: fc.record({
      rotationId: u32,
      startingEpoch: u32,
      endingEpoch: u32,
    }),
  });
  fc.assert(fc.property(info, (info) => {
    assertEquals(decodeKeyRotationInfo(encodeKeyRotationInfo(info)), info);
  }));
});
