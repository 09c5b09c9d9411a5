import { blake3 as hash } from "@noble/hashes/blake3.js";
import type { Bytes } from "../bytes/brand.ts";

/** BLAKE3 without a key: 32 bytes. */
export function blake3(message: Uint8Array): Bytes {
  return hash(message) as Bytes;
}
