import { DecodeError } from "../errors.ts";

/** The byte that tells a node which of its Sphinx keys a packet was built for (nymtech/nym, `common/nymsphinx/params`). */
export const KEY_ROTATION = { unknown: 0, odd: 1, even: 2 } as const;

/** Which of its Sphinx keys a node must use, by the parity of the rotation; of `unknown` it tries both. */
export type KeyRotation = keyof typeof KEY_ROTATION;

const ROTATIONS = Object.keys(KEY_ROTATION) as KeyRotation[];

/** What a topology that does not know its rotation gives as the id. */
export const UNKNOWN_ROTATION_ID = 0xffff_ffff;

/** The byte of a rotation. */
export function rotationByte(rotation: KeyRotation): number {
  return KEY_ROTATION[rotation];
}

/**
 * The rotation of a byte.
 *
 * @throws {DecodeError} On any byte above 2.
 */
export function rotationFromByte(byte: number): KeyRotation {
  const rotation = ROTATIONS.find((name) => KEY_ROTATION[name] === byte);
  if (rotation !== undefined) return rotation;
  throw new DecodeError(
    `Cannot decode key rotation ${byte}: need 0, 1 or 2`,
  );
}

/** The rotation of an id that the directory publishes; 0 and 2^32 - 1 are `unknown`. */
export function rotationOfId(id: number): KeyRotation {
  if (id === 0 || id === UNKNOWN_ROTATION_ID) return "unknown";
  return id % 2 === 0 ? "even" : "odd";
}
