import { createHmac } from "node:crypto";
import type { Bytes } from "../bytes/brand.ts";
import { withSodium } from "./sodium.ts";

const DIGEST_SIZE = 32;

/** HMAC-SHA256 (RFC 2104): 32 bytes. Needs `cryptoReady()`. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Bytes {
  return withSodium((sodium, memory) => {
    const digest = memory.zeros(DIGEST_SIZE);
    // What HKDF calls its first step is HMAC with the salt as the key (RFC 5869 §2.2).
    sodium._crypto_kdf_hkdf_sha256_extract(
      digest,
      memory.copy(key),
      key.length,
      memory.copy(message),
      message.length,
    );
    return memory.read(digest, DIGEST_SIZE);
  });
}

/** {@linkcode hmacSha256} of the runtime: slower, and ready at once. */
export function hmacSha256Native(
  key: Uint8Array,
  message: Uint8Array,
): Bytes {
  return new Uint8Array(createHmac("sha256", key).update(message).digest());
}
