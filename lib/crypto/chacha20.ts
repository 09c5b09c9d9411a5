import { createCipheriv } from "node:crypto";
import type { Bytes } from "../bytes/brand.ts";
import { runStreamCipher } from "./stream_cipher.ts";

/** Counter (4 bytes) ‖ nonce (12 bytes) as the native cipher takes them. */
const ZERO_IV = new Uint8Array(16);

/** XOR data with the ChaCha20 stream of a 32-byte key, counter and nonce zero: for keys that are used once. */
export function chacha20Zero(key: Uint8Array, data: Uint8Array): Bytes {
  return runStreamCipher(createCipheriv("chacha20", key, ZERO_IV), data);
}
