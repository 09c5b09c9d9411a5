import { decodeBase58 } from "../bytes/base58.ts";
import type { Bytes } from "../bytes/brand.ts";

/** Every base58 digit is worth this many bytes. */
const BYTES_PER_DIGIT = Math.log(58) / Math.log(256);

/** Decoding is quadratic: the length of anything longer is estimated instead. */
const MAX_DIGITS = 256;

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** What became of base58 text that must hold a certain number of bytes. */
export type KeyText =
  | { readonly kind: "bytes"; readonly bytes: Bytes }
  /** It holds another number of bytes. */
  | { readonly kind: "length"; readonly length: number }
  /** It is not base58; `reason` says so in the words of the base58 library that native clients use. */
  | { readonly kind: "digits"; readonly reason: string };

/** Read base58 text of `length` bytes, and tell what is wrong with it in a way that error texts can be made of. */
export function readKeyText(text: string, length: number): KeyText {
  const reason = complaint(text);
  if (reason !== undefined) return { kind: "digits", reason };
  if (text.length > MAX_DIGITS) {
    return {
      kind: "length",
      length: Math.round(text.length * BYTES_PER_DIGIT),
    };
  }
  const bytes = decodeBase58(text);
  return bytes.length === length
    ? { kind: "bytes", bytes }
    : { kind: "length", length: bytes.length };
}

function complaint(text: string): string | undefined {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) {
      return `provided string contained non-ascii character starting at byte ${i}`;
    }
    if (!ALPHABET.includes(text[i]!)) {
      return `provided string contained invalid character ${
        quoteCharacter(text[i]!)
      } at byte ${i}`;
    }
  }
  return undefined;
}

/** A character in single quotes, with control characters written out. */
function quoteCharacter(character: string): string {
  if (character === "'") return String.raw`'\''`;
  return `'${JSON.stringify(character).slice(1, -1).replace(`\\"`, `"`)}'`;
}
