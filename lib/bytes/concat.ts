import type { Bytes } from "./brand.ts";

/** Join parts into one array that the caller owns. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(
    parts.reduce((length, part) => length + part.length, 0),
  );
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
