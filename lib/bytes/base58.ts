import {
  decodeBase58 as decode,
  encodeBase58 as encode,
} from "@std/encoding/base58";
import { DecodeError } from "../errors.ts";
import type { Bytes } from "./brand.ts";

/** Write bytes in base58 with the Bitcoin alphabet and no checksum: the text form of keys and sender tags. */
export function encodeBase58(bytes: Uint8Array): string {
  return encode(bytes);
}

/** Options of {@linkcode decodeBase58}. */
export interface DecodeBase58Options {
  /** What the text stands for, as the error names it. @default "base58 text" */
  title?: string;
  /** How many bytes it must hold. */
  length?: number;
}

/**
 * Read base58 text.
 *
 * @throws {DecodeError} On a character outside the alphabet, on text too long for `length`, or on another number of
 * bytes than `length`.
 */
export function decodeBase58(
  text: string,
  options: DecodeBase58Options = {},
): Bytes {
  const { title = "base58 text", length } = options;
  // Decoding is quadratic: text that cannot fit is refused before it costs anything (138 digits for 100 bytes).
  if (length !== undefined && text.length > Math.ceil(length * 1.38) + 1) {
    throw new DecodeError(
      `Cannot decode ${title}: need ${length} bytes, have ${text.length} characters`,
    );
  }
  let bytes: Bytes;
  try {
    // The library trims its input; an address with a blank around it is no address.
    if (/\s/.test(text)) throw new TypeError("White space");
    bytes = decode(text);
  } catch (cause) {
    throw new DecodeError(`Cannot decode ${title}: not base58`, { cause });
  }
  if (length !== undefined && bytes.length !== length) {
    throw new DecodeError(
      `Cannot decode ${title}: need ${length} bytes, have ${bytes.length}`,
    );
  }
  return bytes;
}
