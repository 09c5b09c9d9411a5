/**
 * What can move a cursor, ring a bell, rename a window or reorder text: control characters, the marks that turn the direction
 * of writing, and the separators that some terminals take for line ends.
 */
const UNSAFE = /\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Text from strangers as a terminal may show it: what could steer the terminal is written as `\x1b` or `\u202e`. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (char) => {
    if (char === "\n" || char === "\t") return char;
    const code = char.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** JSON text in which everything that could steer a terminal is written as `\u….`: the same value to every parser. */
export function escapeJson(json: string): string {
  return json.replace(
    UNSAFE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Text in which the tokens of urls are not to be read. */
export function withoutTokens(text: string): string {
  return text.replace(/([?&]token=)[^&\s"':]+/g, "$1…");
}

/** Text on one line: as {@linkcode escapeControls}, with line feeds written as `\n`. */
export function escapeLine(text: string): string {
  return escapeControls(text).replaceAll("\n", "\\n");
}
