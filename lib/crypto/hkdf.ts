import { hkdfSync } from "node:crypto";
import { blake3 } from "@noble/hashes/blake3.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import type { Bytes } from "../bytes/brand.ts";

/** HKDF-SHA256 (RFC 5869): extract and expand. An empty salt is the same as none. */
export function hkdfSha256(
  ikm: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Bytes {
  return new Uint8Array(hkdfSync("sha256", ikm, salt, info, length));
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
