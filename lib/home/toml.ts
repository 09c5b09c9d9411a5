import { parse } from "@std/toml/parse";
import { UsageError } from "../errors.ts";

/** A table of a TOML file. */
export type TomlTable = Record<string, unknown>;

/** Whether a value of a TOML file is a table. */
export function isTable(value: unknown): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

/**
 * Read TOML text without checking it to the last letter: a key given twice passes. Light to load, for commands that only
 * look.
 *
 * @throws {UsageError} If it is no TOML, with the file, line and column.
 */
export async function readToml(text: string, file: string): Promise<TomlTable> {
  try {
    return parse(text);
  } catch {
    // The light parser refuses a few files that are sound: the strict one has the last word.
    return await readStrictToml(text, file);
  }
}

/**
 * Read TOML text as strictly as the official client does.
 *
 * @throws {UsageError} If it is no TOML or has a key twice, with the file, line and column.
 */
export async function readStrictToml(
  text: string,
  file: string,
): Promise<TomlTable> {
  const { parse: parseStrictly } = await import("@decimalturn/toml-patch");
  try {
    return parseStrictly(text) as TomlTable;
  } catch (cause) {
    // Two parsers stumble over the same mistake: the one that stops earlier is nearer to it.
    const [there, here] = [strictFault(cause), lightFault(text)];
    throw broken(file, here && here.line < there.line ? here : there, cause);
  }
}

/** Where a parser stopped, counted from 1, and why. */
interface Fault {
  readonly line: number;
  readonly column: number;
  readonly what: string;
}

function lightFault(text: string): Fault | undefined {
  try {
    parse(text);
    return undefined;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const [, line, column, what] =
      /^Parse error on line (\d+), column (\d+): ([^\n]*)/.exec(message) ?? [];
    if (what === undefined) return undefined;
    return { line: Number(line), column: Number(column) + 1, what };
  }
}

function strictFault(cause: unknown): Fault {
  const { line, column } = cause as { line?: number; column?: number };
  // The message is the line, a mark below it, and then what is wrong.
  const what = cause instanceof Error
    ? cause.message.split("\n").at(-1)!
    : String(cause);
  return { line: line ?? Infinity, column: (column ?? 0) + 1, what };
}

function broken(
  file: string,
  { line, column, what }: Fault,
  cause: unknown,
): UsageError {
  const place = Number.isFinite(line) ? `${file}:${line}:${column}` : file;
  return new UsageError(`Cannot read ${place}: ${what}`, {
    cause,
    hint: "Correct the file there",
  });
}
