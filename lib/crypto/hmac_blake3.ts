import { blake3 } from "@noble/hashes/blake3.js";
import { hmac } from "@noble/hashes/hmac.js";
import type { Bytes } from "../bytes/brand.ts";

/**
 * HMAC (RFC 2104) over BLAKE3 as an ordinary hash with blocks of 64 bytes: 32 bytes. Neither BLAKE3's keyed mode nor its
 * key derivation.
 */
export function hmacBlake3(key: Uint8Array, message: Uint8Array): Bytes {
  return hmac(blake3, key, message) as Bytes;
}
