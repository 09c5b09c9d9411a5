import type { Bytes } from "../bytes/brand.ts";
import { withSodium } from "./sodium.ts";

/** Length of digests. */
const DIGEST_SIZE = 32;

/** Keyed BLAKE2b (RFC 7693) with a digest of 32 bytes; the key has up to 64. Needs `cryptoReady()`. */
export function blake2bKeyed(key: Uint8Array, message: Uint8Array): Bytes {
  return withSodium((sodium, memory) => {
    const digest = memory.zeros(DIGEST_SIZE);
    const [keyAt, messageAt] = [memory.copy(key), memory.copy(message)];
    sodium._crypto_generichash(
      digest,
      DIGEST_SIZE,
      messageAt,
      message.length,
      0,
      keyAt,
      key.length,
    );
    return memory.read(digest, DIGEST_SIZE);
  });
}
