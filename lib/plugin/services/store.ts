import { DatabaseSync } from "node:sqlite";
import { PluginError } from "../../errors.ts";
import { join } from "../../home/paths.ts";
import { exists } from "../../home/private_file.ts";
import { ensurePrivateFolder } from "../../home/secure_fs.ts";
import { durably, openDatabase } from "../../home/sqlite.ts";
import { LIMITS } from "../limits.ts";

/** The most keys told at a time. */
const PAGE = 1000;

/** What one entry takes beside its key and value: entries that are empty count too. */
const ENTRY_OVERHEAD = 64;

/** Options of {@linkcode openStore}. */
export interface OpenStoreOptions {
  /** Bytes of keys and values that fit. @default LIMITS.store */
  readonly quota?: number | undefined;
  /** Whether what is written lasts; otherwise it is a copy of what is there. @default true */
  readonly keep?: boolean | undefined;
}

/**
 * Open what a plugin keeps between runs: `store.sqlite` in a folder of its own. Without a folder it lasts as long as it is
 * open.
 */
export async function openStore(
  folder: string | undefined,
  { quota = LIMITS.store, keep = true }: OpenStoreOptions = {},
): Promise<Store> {
  if (folder === undefined) {
    return new Store(new DatabaseSync(":memory:"), quota);
  }
  if (!keep) return await copyOf(folder, quota);
  await ensurePrivateFolder(folder);
  const path = join(folder, "store.sqlite");
  return new Store(await openDatabase(path, { create: true }), quota);
}

async function copyOf(folder: string, quota: number): Promise<Store> {
  const path = join(folder, "store.sqlite");
  const copy = new Store(new DatabaseSync(":memory:"), quota);
  if (!await exists(path)) return copy;
  using original = new Store(await openDatabase(path), quota);
  for (const [key, value] of original.entries()) copy.set(key, value);
  return copy;
}

/** Keys and values of one plugin. Values are JSON text. */
export class Store implements Disposable {
  readonly #database: DatabaseSync;
  readonly #quota: number;
  #used: number;

  /** Over a database of its own. */
  constructor(database: DatabaseSync, quota: number) {
    this.#database = database;
    this.#quota = quota;
    database.exec(
      "CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value TEXT NOT NULL, size INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    );
    const sum = database.prepare("SELECT sum(size) AS used FROM entry").get();
    this.#used = Number(sum?.["used"] ?? 0);
  }

  /** The value of a key. */
  get(key: string): string | undefined {
    const row = this.#database.prepare("SELECT value FROM entry WHERE key = ?")
      .get(key);
    return row?.["value"] as string | undefined;
  }

  /**
   * Keep a value; on disk when this returns.
   *
   * @throws {PluginError} If it does not fit.
   */
  set(key: string, value: string): void {
    const encoder = new TextEncoder();
    const size = ENTRY_OVERHEAD + encoder.encode(key).length +
      encoder.encode(value).length;
    const used = this.#used - this.#sizeOf(key) + size;
    if (used > this.#quota) {
      throw new PluginError(
        `Cannot store ${key}: need ${used} bytes in all, have ${this.#quota}`,
        { hint: "Delete what is no longer needed" },
      );
    }
    durably(this.#database, () => {
      this.#database.prepare(
        "INSERT OR REPLACE INTO entry (key, value, size) VALUES (?, ?, ?)",
      ).run(key, value, size);
    });
    this.#used = used;
  }

  /** Forget a value. Returns whether there was one. */
  delete(key: string): boolean {
    const size = this.#sizeOf(key);
    if (size === 0) return false;
    durably(this.#database, () => {
      this.#database.prepare("DELETE FROM entry WHERE key = ?").run(key);
    });
    this.#used -= size;
    return true;
  }

  /** Keys that begin with `prefix` and come after `after`, in order, at most 1000. */
  keys(prefix: string, after: string): string[] {
    const rows = this.#database.prepare(
      "SELECT key FROM entry WHERE key > ? AND substr(key, 1, ?) = ? ORDER BY key LIMIT ?",
    ).all(after, [...prefix].length, prefix, PAGE);
    return rows.map((row) => row["key"] as string);
  }

  /** Everything that is kept. */
  *entries(): Generator<readonly [key: string, value: string]> {
    const all = this.#database.prepare("SELECT key, value FROM entry");
    for (const { key, value } of all.iterate()) {
      yield [String(key), String(value)];
    }
  }

  /** Let go of the database. */
  [Symbol.dispose](): void {
    this.#database.close();
  }

  #sizeOf(key: string): number {
    const row = this.#database.prepare("SELECT size FROM entry WHERE key = ?")
      .get(key);
    return Number(row?.["size"] ?? 0);
  }
}
