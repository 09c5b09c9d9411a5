import type { Cipheriv } from "node:crypto";
import type { Bytes } from "../bytes/brand.ts";
import { ownBytes } from "./own_bytes.ts";

/** Send data through a native cipher and release it: one that is never finished stays a resource of the process. */
export function runCipher(cipher: Cipheriv, data: Uint8Array): Bytes {
  const result = cipher.update(data);
  cipher.final();
  return ownBytes(result);
}
