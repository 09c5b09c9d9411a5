/** JSON as it was written: members in their order with doubles kept, whole numbers exact, and where each value lies. */
export type JsonNode =
  & {
    /** Index of the first character. */
    readonly start: number;
    /** Index after the last character. */
    readonly end: number;
  }
  & (
    | { readonly kind: "null" }
    | { readonly kind: "boolean"; readonly value: boolean }
    /** A number without fraction or exponent that fits 64 bits. */
    | { readonly kind: "integer"; readonly value: bigint }
    | { readonly kind: "float"; readonly value: number }
    | { readonly kind: "string"; readonly value: string }
    | { readonly kind: "array"; readonly items: readonly JsonNode[] }
    | { readonly kind: "object"; readonly members: readonly JsonMember[] }
  );

/** One member of an object. */
export interface JsonMember {
  /** Its name. */
  readonly key: string;
  /** Index after the closing quote of its name. */
  readonly keyEnd: number;
  /** What it holds. */
  readonly value: JsonNode;
}

/** An index as line and column, both counted as the parser of native clients does: columns in UTF-8 bytes from 1. */
export function position(text: string, index: number): string {
  const before = text.slice(0, index);
  const lineStart = before.lastIndexOf("\n") + 1;
  const line = before.split("\n").length;
  const column = new TextEncoder().encode(before.slice(lineStart)).length;
  return `line ${line} column ${column}`;
}

/** Where the character at `index` is; at the end of the text the last column, as there is no further one. */
export function peekPosition(text: string, index: number): string {
  // One byte further than what was read, which is the character's first byte: not all of it.
  return position(
    index < text.length && text[index] !== "\n"
      ? `${text.slice(0, index)}.`
      : text,
    index + 1,
  );
}
