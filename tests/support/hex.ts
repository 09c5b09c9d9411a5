import type { Bytes } from "../../lib/bytes/brand.ts";

/** Bytes from hex digits; blanks are ignored. */
export function unhex(text: string): Bytes {
  return Uint8Array.fromHex(text.replaceAll(/\s/g, ""));
}

/** Hex digits of bytes. */
export function hex(bytes: Uint8Array): string {
  return bytes.toHex();
}
