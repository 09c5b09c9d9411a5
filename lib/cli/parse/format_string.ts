import { UsageError } from "../../errors.ts";

/** What `--format` can name, by its letter. */
export const FORMAT_FIELDS = {
  s: "payload",
  t: "time",
  n: "number",
  z: "size",
  g: "senderTag",
  x: "hex",
  b: "base64",
} as const;

/** One of the things that `--format` can name. */
export type FormatField = typeof FORMAT_FIELDS[keyof typeof FORMAT_FIELDS];

/** A format string, cut: text as it is, or a field to fill in. */
export type FormatPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "field"; readonly field: FormatField };

/**
 * Cut a format string: `%s` payload, `%t` time, `%n` number, `%z` size, `%g` sender tag, `%x` hex, `%b` base64, `%%`;
 * `\n`, `\t`, `\0`, `\\`.
 *
 * @throws {UsageError} On any other letter after `%` or `\`.
 */
export function parseFormat(format: string): FormatPart[] {
  const parts: FormatPart[] = [];
  let text = "";
  for (let at = 0; at < format.length; at++) {
    const char = format[at]!;
    if (char === "\\") {
      text += escape(format, ++at);
    } else if (char !== "%") {
      text += char;
    } else if (format[++at] === "%") {
      text += "%";
    } else {
      if (text !== "") parts.push({ kind: "text", text });
      text = "";
      parts.push({ kind: "field", field: field(format, at) });
    }
  }
  if (text !== "") parts.push({ kind: "text", text });
  return parts;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  0: "\0",
  "\\": "\\",
};

function escape(format: string, at: number): string {
  const value = ESCAPES[format[at] ?? ""];
  if (value !== undefined) return value;
  throw new UsageError(
    `need \\n, \\t, \\0 or \\\\, have ${JSON.stringify(format.slice(at - 1))}`,
  );
}

function field(format: string, at: number): FormatField {
  const letter = format[at] ?? "";
  if (Object.hasOwn(FORMAT_FIELDS, letter)) {
    return FORMAT_FIELDS[letter as keyof typeof FORMAT_FIELDS];
  }
  throw new UsageError(
    `need %s, %t, %n, %z, %g, %x, %b or %%, have ${
      JSON.stringify(`%${letter}`)
    }`,
  );
}
