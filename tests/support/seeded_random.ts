import { chacha20 } from "@noble/ciphers/chacha.js";
import type { Bytes } from "../../lib/bytes/brand.ts";

/** A source of random bytes that a test can repeat: the ChaCha20 stream of a seed. */
export function seededRandom(seed: number): (length: number) => Bytes {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(0, seed);
  const nonce = new Uint8Array(12);
  let calls = 0;
  return (length) => {
    new DataView(nonce.buffer).setUint32(0, calls++);
    return chacha20(key, nonce, new Uint8Array(length)) as Bytes;
  };
}
