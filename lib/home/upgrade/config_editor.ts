import { isTable, type TomlTable } from "../toml.ts";
import { TomlLines } from "./toml_lines.ts";

/** One thing that an upgrade does to a setting. */
export type ConfigChange =
  | { readonly kind: "added"; readonly key: string; readonly value: string }
  | {
    readonly kind: "changed";
    readonly key: string;
    readonly from: string;
    readonly value: string;
  }
  | { readonly kind: "moved"; readonly key: string; readonly to: string }
  | { readonly kind: "removed"; readonly key: string; readonly from: string };

/** Changes the settings of a file and its text side by side, so that comments stay with what they are about. */
export class ConfigEditor {
  readonly #original: string;
  readonly #lines: TomlLines;
  readonly #table: TomlTable;
  readonly #changes: ConfigChange[] = [];

  /** Start from a text and what it says. */
  constructor(text: string, table: TomlTable) {
    this.#original = text;
    this.#lines = new TomlLines(text);
    this.#table = structuredClone(table);
  }

  /** What the settings are now. */
  get table(): TomlTable {
    return this.#table;
  }

  /** What was done, in order. */
  get changes(): readonly ConfigChange[] {
    return this.#changes;
  }

  /** The value of a setting. */
  get(section: string, key: string): unknown {
    return this.#parent(section, key)?.[lastOf(key)];
  }

  /** The settings of a section. */
  keys(section: string): string[] {
    const table = tableAt(this.#table, section.split("."));
    return table === undefined ? [] : Object.keys(table);
  }

  /** Give a setting a value. */
  set(section: string, key: string, value: unknown): void {
    const before = this.get(section, key);
    if (JSON.stringify(before) === JSON.stringify(value)) return;
    const path = `${section}.${key}`;
    this.#put(section, key, value);
    if (before === undefined) {
      this.#changes.push({ kind: "added", key: path, value: shown(value) });
      this.#lines.add(section, key, tomlValue(value));
      return;
    }
    const from = shown(before);
    if (typeof value === "string") {
      this.#lines.setText(section, key, tomlValue(value));
    }
    this.#changes.push({
      kind: "changed",
      key: path,
      from,
      value: shown(value),
    });
  }

  /** Give a setting another place. */
  move(section: string, key: string, to: string, name: string): void {
    const value = this.get(section, key);
    if (value === undefined) return;
    this.#delete(section, key);
    this.#put(to, name, value);
    if (section === to) this.#lines.rename(section, key, name);
    else this.#lines.move(section, key, to, name);
    this.#changes.push({
      kind: "moved",
      key: `${section}.${key}`,
      to: `${to}.${name}`,
    });
  }

  /** Take a setting out; in the text it stays as a comment. The value of a secret one is not told. */
  remove(
    section: string,
    key: string,
    { secret = false }: { secret?: boolean } = {},
  ): void {
    const value = this.get(section, key);
    if (value === undefined) return;
    this.#delete(section, key);
    this.#lines.retire(section, key);
    const from = secret ? "a secret" : shown(value);
    this.#changes.push({ kind: "removed", key: `${section}.${key}`, from });
  }

  /** Take a section out; in the text it stays as comments. */
  removeSection(section: string): void {
    const from = this.get(...parentOf(section));
    if (from === undefined) return;
    this.#delete(...parentOf(section));
    this.#lines.retireSection(section);
    this.#changes.push({ kind: "removed", key: section, from: shown(from) });
  }

  /** Make sure that a section is there. */
  ensureSection(section: string, after: string): void {
    if (tableAt(this.#table, section.split(".")) !== undefined) return;
    this.#put(...parentOf(section), {});
    this.#lines.addSection(section, after);
  }

  /** The text of the changed file with all comments; nothing if the old text cannot be brought to say it. */
  async text(): Promise<string | undefined> {
    if (this.#changes.length === 0) return this.#original;
    const { parse, patch, TomlFormat } = await import(
      "@decimalturn/toml-patch"
    );
    for (const text of [this.#lines.text, this.#original]) {
      try {
        const format = TomlFormat.autoDetectFormat(text);
        // Commas at the end of inline tables are younger than the TOML that the official client reads.
        format.trailingComma = false;
        const patched = patch(text, this.#table, format);
        if (same(parse(patched), this.#table)) return patched;
      } catch {
        // The next text may do; the caller has another way if none does.
      }
    }
    return undefined;
  }

  #parent(section: string, key: string): TomlTable | undefined {
    return tableAt(this.#table, pathOf(section, key).slice(0, -1));
  }

  #put(section: string, key: string, value: unknown): void {
    let table = this.#table;
    for (const part of pathOf(section, key).slice(0, -1)) {
      if (!isTable(table[part])) table[part] = {};
      table = table[part] as TomlTable;
    }
    table[lastOf(key)] = value;
  }

  #delete(section: string, key: string): void {
    const parent = this.#parent(section, key);
    if (parent !== undefined) delete parent[lastOf(key)];
  }
}

function pathOf(section: string, key: string): string[] {
  return [...(section === "" ? [] : section.split(".")), ...key.split(".")];
}

function parentOf(section: string): [string, string] {
  const dot = section.lastIndexOf(".");
  return [section.slice(0, Math.max(dot, 0)), section.slice(dot + 1)];
}

function lastOf(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1);
}

function tableAt(
  table: TomlTable,
  path: readonly string[],
): TomlTable | undefined {
  let at: unknown = table;
  for (const part of path) at = isTable(at) ? at[part] : undefined;
  return isTable(at) ? at : undefined;
}

/** A value as the file spells it, as far as anybody wants to read it. */
function shown(value: unknown): string {
  if (isTable(value)) return tomlValue(value);
  const text = tomlValue(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

function tomlValue(value: unknown): string {
  if (typeof value === "string") {
    return /['\p{Cc}]/u.test(value) ? JSON.stringify(value) : `'${value}'`;
  }
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(", ")}]`;
  if (isTable(value)) {
    const entries = Object.entries(value).map(([key, value]) =>
      `${key} = ${tomlValue(value)}`
    );
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  return String(value);
}

function same(a: unknown, b: unknown): boolean {
  if (!isTable(a) || !isTable(b)) {
    return JSON.stringify(a) === JSON.stringify(b);
  }
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}
