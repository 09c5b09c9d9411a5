/** What could steer a terminal or reorder text. */
const UNSAFE = /\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** What terminals take for colours. */
// deno-lint-ignore no-control-regex -- the escape character is what it looks for
const COLOURS = /\u001b\[[\d;]*m/g;

/** Text without the colours that the runtime puts into its messages. */
export function withoutColours(text: string): string {
  return text.replace(COLOURS, "");
}

/** Text of a plugin on one line, at most `length` characters, with nothing that could steer a terminal. */
export function printable(text: string, length = 2000): string {
  const plain = withoutColours(text).slice(0, length * 2).replace(
    UNSAFE,
    (char) =>
      char === "\n"
        ? "\\n"
        : char === "\t"
        ? " "
        : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return plain.length > length ? `${plain.slice(0, length - 1)}…` : plain;
}
