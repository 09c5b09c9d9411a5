import sodium from "libsodium-wrappers";
import type { Bytes } from "../bytes/brand.ts";

/**
 * Keyed BLAKE2b (RFC 7693) with a digest of 32 bytes; the key has up to 64.
 *
 * @throws {TypeError} Before `cryptoReady()` has settled.
 */
export function blake2bKeyed(key: Uint8Array, message: Uint8Array): Bytes {
  if (sodium.crypto_generichash === undefined) {
    throw new TypeError("Cannot hash: await cryptoReady() first");
  }
  return sodium.crypto_generichash(32, message, key) as Bytes;
}
