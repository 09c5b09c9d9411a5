import type { Bytes } from "../bytes/brand.ts";
import { withSodium } from "./sodium.ts";

/** Length of the nonce (RFC 8439). */
export const CHACHA20_NONCE_SIZE = 12;

/** XOR data with the ChaCha20 stream of a 32-byte key, counter and nonce zero: for keys that are used once. Needs `cryptoReady()`. */
export function chacha20Zero(key: Uint8Array, data: Uint8Array): Bytes {
  return withSodium((sodium, memory) => {
    const nonce = memory.zeros(CHACHA20_NONCE_SIZE);
    const [keyAt, dataAt] = [memory.copy(key), memory.copy(data)];
    sodium._crypto_stream_chacha20_ietf_xor(
      dataAt,
      dataAt,
      data.length,
      0,
      nonce,
      keyAt,
    );
    return memory.read(dataAt, data.length);
  });
}
