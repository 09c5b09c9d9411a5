import { UsageError } from "../errors.ts";
import { locateKey } from "./locate_key.ts";
import { isTable, type TomlTable } from "./toml.ts";

/** Options of {@linkcode TableReader.integer}. */
export interface IntegerRange {
  /** The smallest value. @default 0 */
  min?: number;
  /** The largest value. @default the largest whole number that is exact */
  max?: number;
}

/**
 * Takes the values of one table out by name, each checked for its type; what is wrong is told with the file and the full key.
 * Values that are not there read as `undefined`.
 */
export class TableReader {
  readonly #table: TomlTable;
  readonly #path: string;
  readonly #file: string;
  readonly #text: string;
  readonly #seen = new Set<string>();

  /**
   * Read from `table`, which stands under the key `path` of `file`; the empty path is the file itself. With the `text` of
   * the file, what is wrong is told with its line and column.
   */
  constructor(table: TomlTable, path: string, file: string, text = "") {
    this.#table = table;
    this.#path = path;
    this.#file = file;
    this.#text = text;
  }

  /** Whether the table has a key. */
  has(key: string): boolean {
    return Object.hasOwn(this.#table, key);
  }

  /** The full key of a key of this table. */
  path(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  /** Any value. */
  value(key: string): unknown {
    this.#seen.add(key);
    return this.has(key) ? this.#table[key] : undefined;
  }

  /** A value that must be there, as another method reads it. */
  required<T>(key: string, value: T | undefined): T {
    if (value !== undefined) return value;
    throw this.fault(key, "it is missing");
  }

  /** Text. */
  string(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === "string") return value;
    throw this.#wrong(key, "text in quotes", value);
  }

  /** `true` or `false`. */
  boolean(key: string): boolean | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.#wrong(key, "true or false", value);
  }

  /** A whole number. */
  integer(key: string, range: IntegerRange = {}): number | undefined {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = range;
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (Number.isInteger(value)) {
      if (value as number >= min && value as number <= max) {
        return value as number;
      }
    }
    throw this.#wrong(key, `a whole number from ${min} to ${max}`, value);
  }

  /** A number, with or without a fraction. */
  number(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined || Number.isFinite(value)) {
      return value as number | undefined;
    }
    throw this.#wrong(key, "a number", value);
  }

  /** One of several words. */
  oneOf<W extends string>(key: string, words: readonly W[]): W | undefined {
    const value = this.value(key);
    if (value === undefined || words.includes(value as W)) {
      return value as W | undefined;
    }
    throw this.#wrong(key, words.join(" or "), value);
  }

  /** A list of texts. */
  strings(key: string): string[] | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const list = Array.isArray(value) ? value : undefined;
    if (list?.every((item) => typeof item === "string")) return list;
    throw this.#wrong(key, "a list of texts", value);
  }

  /** A table within. */
  table(key: string): TableReader | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (isTable(value)) {
      return new TableReader(value, this.path(key), this.#file, this.#text);
    }
    throw this.#wrong(key, "a table", value);
  }

  /** A list of tables, as `[[key]]` makes it. */
  tables(key: string): TableReader[] | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every(isTable)) {
      return value.map((table, index) =>
        new TableReader(
          table,
          `${this.path(key)}[${index}]`,
          this.#file,
          this.#text,
        )
      );
    }
    throw this.#wrong(key, "a list of tables", value);
  }

  /** Keys that nobody asked for. */
  rest(): string[] {
    return Object.keys(this.#table).filter((key) => !this.#seen.has(key));
  }

  /**
   * Refuse keys that nobody asked for.
   *
   * @throws {UsageError} Naming the first of them.
   */
  end(): void {
    for (const key of this.rest()) {
      throw this.fault(key, "there is no such setting", {
        hint: "Remove it, or correct its spelling",
      });
    }
  }

  /** The error that something is wrong with a key. */
  fault(
    key: string,
    what: string,
    options: { hint?: string; cause?: unknown } = {},
  ): UsageError {
    const { hint = "Correct it there" } = options;
    const path = this.path(key);
    const at = locateKey(this.#text, path);
    const place = at ? `${this.#file}:${at.line}:${at.column}` : this.#file;
    return new UsageError(`Cannot read ${place}: ${path}: ${what}`, {
      ...options,
      hint,
    });
  }

  #wrong(key: string, need: string, have: unknown): UsageError {
    return this.fault(key, `need ${need}, have ${shown(have)}`);
  }
}

/** Enough of a value to recognise it, never all of something long. */
function shown(value: unknown): string {
  if (isTable(value)) return "a table";
  if (Array.isArray(value)) return "a list";
  const text = typeof value === "string"
    ? JSON.stringify(value)
    : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
