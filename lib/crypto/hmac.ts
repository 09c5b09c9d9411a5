import { createHmac } from "node:crypto";
import type { Bytes } from "../bytes/brand.ts";

/** HMAC-SHA256 (RFC 2104): 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Bytes {
  return new Uint8Array(createHmac("sha256", key).update(message).digest());
}
