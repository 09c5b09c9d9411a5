import type { Buffer } from "node:buffer";
import type { Bytes } from "../bytes/brand.ts";

/** What the runtime has just made and nobody else holds, without the methods of a buffer. Nothing is copied. */
export function ownBytes(made: Buffer): Bytes {
  const { buffer, byteOffset, byteLength } = made;
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
