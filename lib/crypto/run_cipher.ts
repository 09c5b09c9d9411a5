import type { Cipheriv } from "node:crypto";
import type { Bytes } from "../bytes/brand.ts";

/** Send data through a native cipher and release it: one that is never finished stays a resource of the process. */
export function runCipher(cipher: Cipheriv, data: Uint8Array): Bytes {
  const result = cipher.update(data);
  cipher.final();
  // The same bytes without the methods of a buffer; nobody else has this memory.
  return new Uint8Array(
    result.buffer as ArrayBuffer,
    result.byteOffset,
    result.byteLength,
  );
}
