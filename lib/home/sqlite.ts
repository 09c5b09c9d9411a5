import { DatabaseSync } from "node:sqlite";
import { EXIT, NymError, UsageError } from "../errors.ts";
import { exists, reservePrivateFile, whileThere } from "./private_file.ts";

/** A database of the runtime's SQLite. */
export type { DatabaseSync } from "node:sqlite";

/** How long to wait for another process that writes the same database, in milliseconds. */
const BUSY_TIMEOUT_MS = 2000;

/** What SQLite keeps beside a database. */
const COMPANIONS = ["-wal", "-shm"];

/** Larger databases are not read through when they are opened: that would take seconds. */
const MAX_CHECKED_BYTES = 64 * 1024 * 1024;

/** What SQLite says of a file that is no sound database of its own. */
const DAMAGED = /not a database|malformed|disk image|unsupported file format/;

/** What SQLite says of a file, or a folder, that it may not read or write. */
const REFUSED = /unable to open|readonly database/;

/** What SQLite says when it cannot write: there is no room left, or no more than that it failed. */
export const UNWRITTEN = /disk is full|disk I\/O error/;

/** A file that should be a database is none, or damaged. */
export class DamagedDatabaseError extends UsageError {
  override name = "DamagedDatabaseError";

  /** Name the file. */
  constructor(path: string, cause?: unknown) {
    super(`Cannot open ${path}: it is no sound SQLite database`, {
      cause,
      hint: "Restore the file from a backup, or move it away",
    });
  }
}

/** Options of {@linkcode openDatabase}. */
export interface OpenDatabaseOptions {
  /** Whether a database that is missing is made; otherwise it is an error. @default false */
  create?: boolean;
}

/**
 * Open a database that only its owner may read, in write-ahead mode; what SQLite puts beside it gets the same permissions.
 *
 * @throws {UsageError} If it is missing or cannot be read.
 * @throws {DamagedDatabaseError} If it is no database, or damaged.
 */
export async function openDatabase(
  path: string,
  options: OpenDatabaseOptions = {},
): Promise<DatabaseSync> {
  if (options.create) await reservePrivateFile(path);
  const size = await sizeOf(path);
  // Opening it for writing would fill it with nothing.
  if (size === 0 && !options.create) throw missingDatabase(path, "empty");
  return prepare(path, () => {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    return orClose(database, () => {
      // Has an effect before the first table alone; the official client asks for it too.
      database.exec("PRAGMA auto_vacuum = INCREMENTAL");
      database.exec("PRAGMA journal_mode = WAL");
      database.exec("PRAGMA synchronous = NORMAL");
      // What is deleted, messages and keys, is not to be found in the file any more.
      database.exec("PRAGMA secure_delete = ON");
      if (size <= MAX_CHECKED_BYTES) checkSound(path, database);
    });
  });
}

/**
 * Open a database to read it, whoever uses it meanwhile: neither the file nor what is beside it changes, which may be out of
 * reach for writing.
 *
 * @throws {UsageError} If it is missing or cannot be read.
 * @throws {DamagedDatabaseError} If it is no database, or damaged.
 */
export async function readDatabase(path: string): Promise<DatabaseSync> {
  const size = await sizeOf(path);
  const open = (place: string) =>
    prepare(path, () => {
      const database = new DatabaseSync(place, {
        readOnly: true,
        timeout: BUSY_TIMEOUT_MS,
      });
      return orClose(database, () => {
        if (size <= MAX_CHECKED_BYTES) checkSound(path, database);
      });
    });
  if (await isWritten(path)) return open(path);
  try {
    // SQLite would leave files beside a database that nobody has open, unless it is told that nobody writes it.
    return open(await unchanging(path));
  } catch (error) {
    // Somebody may have begun to.
    if (await isWritten(path)) return open(path);
    throw error;
  }
}

/** Whether a database has changes beside it that are not in it yet. */
async function isWritten(path: string): Promise<boolean> {
  const beside = ["-wal", "-journal"].map((end) =>
    whileThere(() => Deno.stat(path + end))
  );
  return (await Promise.all(beside)).some((file) => file && file.size > 0);
}

/** A path as SQLite takes it for a file that does not change. */
async function unchanging(path: string): Promise<string> {
  const real = (await Deno.realPath(path)).replaceAll("\\", "/");
  const url = new URL("file:///");
  url.pathname = real.replaceAll("%", "%25");
  url.search = "immutable=1";
  return url.href;
}

async function sizeOf(path: string): Promise<number> {
  if (!await exists(path)) throw missingDatabase(path, "missing");
  const { size, isFile, isDirectory } = await Deno.stat(path);
  if (isFile) return size;
  const what = isDirectory ? "a folder" : "no file";
  throw new UsageError(`Cannot open ${path}: it is ${what}`, {
    hint: "Move it away, and restore the file from a backup",
  });
}

/** A database that is not there, or has never been filled. */
export function missingDatabase(
  path: string,
  what: "missing" | "empty",
): UsageError {
  return new UsageError(`Cannot open ${path}: it is ${what}`, {
    hint:
      "Restore the file from a backup; without one, nymwire upgrade makes what can be made anew",
  });
}

/** Run `use`, closing the database if it fails. */
export function orClose(
  database: DatabaseSync,
  use: () => void,
): DatabaseSync {
  try {
    use();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Do all of `work` or nothing of it; one inside another is part of the outer one. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  if (database.isTransaction) return work();
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // A failure such as a full disk may have ended it already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/**
 * Like {@linkcode transaction}, and brought to disk before it returns, so that not even a power cut undoes it. Inside another
 * transaction it is as durable as that one.
 */
export function durably<T>(database: DatabaseSync, work: () => T): T {
  if (database.isTransaction) return work();
  database.exec("PRAGMA synchronous = FULL");
  try {
    return transaction(database, work);
  } finally {
    database.exec("PRAGMA synchronous = NORMAL");
  }
}

/** The names of all tables. */
export function tablesOf(database: DatabaseSync): Set<string> {
  const rows = database.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  ).all();
  return new Set(rows.map(({ name }) => name as string));
}

/** Bring everything into the database file itself, so that the file alone can be copied. */
export function settle(database: DatabaseSync): void {
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

/**
 * Keep a damaged database aside under another name, so that a new one can take its place and the old one can be looked at.
 *
 * @returns The new name.
 */
export async function setAside(path: string, now: number): Promise<string> {
  const kept = await freeName(`${path}.${Math.floor(now / 1000)}`, ".damaged");
  for (const companion of COMPANIONS) {
    if (await exists(path + companion)) {
      await Deno.rename(path + companion, kept + companion);
    }
  }
  await Deno.rename(path, kept);
  return kept;
}

async function freeName(start: string, end: string): Promise<string> {
  for (let n = 1;; n++) {
    const name = n === 1 ? start + end : `${start}.${n}${end}`;
    if (!await exists(name)) return name;
  }
}

function prepare(path: string, open: () => DatabaseSync): DatabaseSync {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof Error && DAMAGED.test(cause.message)) {
      throw new DamagedDatabaseError(path, cause);
    }
    if (cause instanceof Error && UNWRITTEN.test(cause.message)) {
      throw new NymError(
        `Cannot open ${path}: the disk is full, or cannot be written`,
        { cause, exitCode: EXIT.failure, hint: "Make room on the disk" },
      );
    }
    if (cause instanceof Error && REFUSED.test(cause.message)) {
      throw new UsageError(`Cannot open ${path}: not permitted`, {
        cause,
        hint:
          "Let the user who runs the client read and write it, and its folder",
      });
    }
    throw cause;
  }
}

function checkSound(path: string, database: DatabaseSync): void {
  const row = database.prepare("PRAGMA quick_check(1)").get();
  if (row?.quick_check !== "ok") throw new DamagedDatabaseError(path);
}
