import type { Bytes } from "../bytes/brand.ts";
import { wipe } from "../bytes/wipe.ts";
import { isCurve25519Point } from "../crypto/curve_point.ts";
import { multiplyScalars } from "../crypto/scalar.ts";
import { ephemeralPublicKey, x25519 } from "../crypto/x25519.ts";
import { CryptoError } from "../errors.ts";
import { multiplyPoint, secretScalar } from "./blinding.ts";
import { expandSharedSecret, type HopKeys } from "./hop_keys.ts";
import { isLegacyVersion } from "./version.ts";

/** The element for the first hop and the keys of every hop. */
export interface KeySchedule {
  /** α_0, 32 bytes. */
  readonly alpha: Bytes;
  /** In route order. */
  readonly hops: readonly HopKeys[];
}

/** u = 9, which X25519 multiplies to make public keys. */
const BASE_POINT = new Uint8Array(32);
BASE_POINT[0] = 9;

/**
 * Derive the keys of all hops from the sender's 32-byte secret (Sphinx §4.3).
 *
 * The secret of hop i is its key multiplied by the initial secret and the blindings of all hops before. Those factors
 * are folded into one scalar, so that every hop costs a single multiplication. That holds on the curve itself; for a key
 * on its twist the chain is walked factor by factor (see {@linkcode deriveKeyScheduleByChain}).
 *
 * @throws {CryptoError} If a node's key has small order, or lies on the twist in a legacy version.
 */
export function deriveKeySchedule(
  secret: Uint8Array,
  publicKeys: readonly Uint8Array[],
  version: number,
): KeySchedule {
  if (!publicKeys.every(isFoldable)) {
    return deriveKeyScheduleByChain(secret, publicKeys, version);
  }
  let scalar = secretScalar(secret, version);
  const hops: HopKeys[] = [];
  for (const publicKey of publicKeys) {
    const shared = multiplyPoint(scalar, publicKey);
    const keys = expandSharedSecret(shared);
    wipe(shared);
    hops.push(keys);
    const factor = secretScalar(keys.blinding, version);
    const product = multiplyScalars(scalar, factor);
    wipe(scalar, factor);
    scalar = product;
  }
  wipe(scalar);
  return { alpha: firstAlpha(secret, version), hops };
}

/**
 * The same as the definition has it: every factor is multiplied by itself, clamped each time. Takes i multiplications
 * for hop i, and any key at all.
 *
 * @throws {CryptoError} If a node's key has small order, or in a legacy version, which does not clamp.
 */
export function deriveKeyScheduleByChain(
  secret: Uint8Array,
  publicKeys: readonly Uint8Array[],
  version: number,
): KeySchedule {
  if (isLegacyVersion(version)) {
    throw new CryptoError("Cannot derive keys: unusable node key");
  }
  const factors = [secret];
  const hops: HopKeys[] = [];
  for (const publicKey of publicKeys) {
    const shared = factors.reduce(
      (point, factor) => x25519(factor, point),
      publicKey,
    );
    const keys = expandSharedSecret(shared);
    wipe(shared);
    hops.push(keys);
    factors.push(keys.blinding);
  }
  return { alpha: firstAlpha(secret, version), hops };
}

function firstAlpha(secret: Uint8Array, version: number): Bytes {
  return isLegacyVersion(version)
    ? multiplyPoint(secretScalar(secret, version), BASE_POINT)
    : ephemeralPublicKey(secret);
}

/** Keys that were looked at, oldest first. Node keys come back in every packet, and the test costs as much as a hop. */
const foldable = new Map<string, boolean>();
const FOLDABLE_LIMIT = 2048;

function isFoldable(publicKey: Uint8Array): boolean {
  const name = publicKey.toHex();
  const known = foldable.get(name);
  if (known !== undefined) return known;
  const answer = isCurve25519Point(publicKey);
  if (foldable.size >= FOLDABLE_LIMIT) {
    foldable.delete(foldable.keys().next().value!);
  }
  foldable.set(name, answer);
  return answer;
}
