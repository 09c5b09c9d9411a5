import { blake3 } from "@noble/hashes/blake3.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import type { Bytes } from "../bytes/brand.ts";
import { withSodium } from "./sodium.ts";

/** Length of what HKDF extracts with SHA-256. */
const PRK_SIZE = 32;

/**
 * HKDF-SHA256 (RFC 5869): extract and expand. An empty salt is the same as none. Needs `cryptoReady()`.
 *
 * @throws {RangeError} If `length` is more than 8160 bytes.
 */
export function hkdfSha256(
  ikm: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Bytes {
  return withSodium((sodium, memory) => {
    const prk = memory.zeros(PRK_SIZE);
    sodium._crypto_kdf_hkdf_sha256_extract(
      prk,
      memory.copy(salt),
      salt.length,
      memory.copy(ikm),
      ikm.length,
    );
    const output = memory.zeros(length);
    const infoAt = memory.copy(info);
    if (
      sodium._crypto_kdf_hkdf_sha256_expand(
        output,
        length,
        infoAt,
        info.length,
        prk,
      ) !== 0
    ) {
      throw new RangeError(
        `Cannot derive keys: need at most 8160 bytes, have ${length}`,
      );
    }
    return memory.read(output, length);
  });
}

/**
 * HKDF (RFC 5869) over HMAC-BLAKE3 with empty info, as Nym derives end-to-end and gateway keys (nymtech/nym,
 * common/crypto/src/hkdf.rs).
 */
export function hkdfBlake3(
  ikm: Uint8Array,
  salt: Uint8Array | undefined,
  length: number,
): Bytes {
  return hkdf(blake3, ikm, salt, undefined, length) as Bytes;
}
