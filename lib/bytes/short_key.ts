import { encodeBase58 } from "./base58.ts";

/** Enough characters to tell one key from another, too few to find out whose it is. */
const SHOWN = 6;

/** The beginning of a key in base58, as errors and logs name it: `3npPXN…`. */
export function shortKey(key: Uint8Array): string {
  return `${encodeBase58(key).slice(0, SHOWN)}…`;
}
