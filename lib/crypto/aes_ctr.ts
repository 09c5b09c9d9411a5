import { createCipheriv } from "node:crypto";
import type { Bytes } from "../bytes/brand.ts";
import { runCipher } from "./run_cipher.ts";

/** Length of keys and of initial counter blocks. */
export const AES_CTR_KEY_SIZE = 16;

const ZERO_IV = new Uint8Array(16);

/**
 * AES-128-CTR with a big-endian counter that starts at the 16 bytes of `iv`. Encrypting and decrypting are the same.
 */
export function aesCtr(
  key: Uint8Array,
  iv: Uint8Array,
  data: Uint8Array,
): Bytes {
  return runCipher(createCipheriv("aes-128-ctr", key, iv), data);
}

/** {@linkcode aesCtr} that starts at zero: for keys that are used once. */
export function aesCtrZero(key: Uint8Array, data: Uint8Array): Bytes {
  return aesCtr(key, ZERO_IV, data);
}
