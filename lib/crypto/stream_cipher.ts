import type { Cipheriv } from "node:crypto";
import type { Bytes } from "../bytes/brand.ts";

/** Send data through a native stream cipher and release it: one that is never finished stays a resource of the process. */
export function runStreamCipher(cipher: Cipheriv, data: Uint8Array): Bytes {
  const result = new Uint8Array(cipher.update(data));
  cipher.final();
  return result;
}
