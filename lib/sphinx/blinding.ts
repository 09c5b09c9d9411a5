import type { Bytes } from "../bytes/brand.ts";
import { wipe } from "../bytes/wipe.ts";
import {
  clampedRepresentative,
  clampedScalar,
  reducedScalar,
} from "../crypto/scalar.ts";
import { x25519 } from "../crypto/x25519.ts";
import { CryptoError } from "../errors.ts";
import { isLegacyVersion } from "./version.ts";

/** The scalar that 32 secret bytes stand for: clamped, or in legacy versions reduced modulo the group order. */
export function secretScalar(bytes: Uint8Array, version: number): Bytes {
  return isLegacyVersion(version) ? reducedScalar(bytes) : clampedScalar(bytes);
}

/**
 * Multiply a point of the prime subgroup by a scalar modulo its order. Points outside of it give what their part in the
 * subgroup gives, on the twist something else: no honest key lies there.
 *
 * @throws {CryptoError} For the scalar zero and for points of small order.
 */
export function multiplyPoint(scalar: Uint8Array, point: Uint8Array): Bytes {
  const representative = clampedRepresentative(scalar);
  if (representative === undefined) {
    throw new CryptoError("Cannot multiply point: unusable scalar");
  }
  try {
    return x25519(representative, point);
  } finally {
    wipe(representative);
  }
}

/**
 * α as the next hop gets it (Sphinx §4.3).
 *
 * @throws {CryptoError} If there is none: α of small order.
 */
export function blindAlpha(
  alpha: Uint8Array,
  blinding: Uint8Array,
  version: number,
): Bytes {
  return isLegacyVersion(version)
    ? multiplyPoint(reducedScalar(blinding), alpha)
    : x25519(blinding, alpha);
}
