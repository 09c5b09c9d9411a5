import { gcmsiv } from "@noble/ciphers/aes.js";
import type { Bytes } from "../bytes/brand.ts";
import { CryptoError } from "../errors.ts";

/** Length of AES-256-GCM-SIV keys. */
export const GCM_SIV_KEY_SIZE = 32;
/** Length of nonces. */
export const GCM_SIV_NONCE_SIZE = 12;
/** How much longer the sealed form is. */
export const GCM_SIV_TAG_SIZE = 16;

/** Seal with AES-256-GCM-SIV and no associated data (RFC 8452): ciphertext ‖ tag(16). */
export function sealGcmSiv(
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
): Bytes {
  return gcmsiv(key, nonce).encrypt(plain) as Bytes;
}

/**
 * Open what {@linkcode sealGcmSiv} sealed.
 *
 * @throws {CryptoError} If key, nonce or a byte differ from those of the sealing.
 */
export function openGcmSiv(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
): Bytes {
  const cipher = gcmsiv(key, nonce);
  try {
    return cipher.decrypt(sealed) as Bytes;
  } catch (cause) {
    throw new CryptoError("Cannot open sealed bytes", { cause });
  }
}
