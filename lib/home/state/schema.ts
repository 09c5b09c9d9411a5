import { type DatabaseSync, tablesOf, transaction } from "../sqlite.ts";

/** Marks a database as ours: the letters `nymw`. */
const APPLICATION_ID = 0x6e796d77;

/** Counts the schemas. */
const VERSION = 1;

/** Came later than the others: homes may lack it. */
const TAKEN = "CREATE TABLE IF NOT EXISTS taken (seq INTEGER PRIMARY KEY);";

const TABLES = `
CREATE TABLE inbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  body BLOB NOT NULL,
  sender_tag BLOB,
  is_reply INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  delivered INTEGER NOT NULL DEFAULT 0
);
${TAKEN}
CREATE TABLE fragment (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  set_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  received_at INTEGER NOT NULL,
  UNIQUE (set_id, number)
);
CREATE TABLE finished_set (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  set_id INTEGER NOT NULL UNIQUE
);
CREATE TABLE surb (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  tag BLOB NOT NULL,
  key BLOB NOT NULL UNIQUE,
  bytes BLOB NOT NULL,
  rotation INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  stale INTEGER NOT NULL DEFAULT 0,
  pending INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE reply_key (
  digest BLOB PRIMARY KEY NOT NULL,
  key BLOB NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX reply_key_created_at ON reply_key (created_at);
CREATE TABLE note (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
);
CREATE TABLE sender_tag (
  recipient BLOB PRIMARY KEY NOT NULL,
  tag BLOB NOT NULL
);
`;

/** Which schema a database of state has. */
export type StateSchema =
  | "current"
  /** Nothing is in it yet. */
  | "empty"
  /** A later version of ours left it. */
  | "newer"
  /** It is not ours. */
  | "foreign";

/** Make all tables in an empty database, together or not at all. */
export function createStateSchema(database: DatabaseSync): void {
  transaction(database, () => {
    database.exec(TABLES);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec(`PRAGMA user_version = ${VERSION}`);
  });
}

/** Add what databases of earlier builds lack; those builds can go on with what is there then. */
export function completeStateSchema(database: DatabaseSync): void {
  database.exec(TAKEN);
}

/** Tell the schema by the marks in the file. */
export function stateSchema(database: DatabaseSync): StateSchema {
  if (tablesOf(database).size === 0) return "empty";
  const number = (pragma: string) =>
    database.prepare(`PRAGMA ${pragma}`).get()?.[pragma];
  if (number("application_id") !== APPLICATION_ID) return "foreign";
  const version = number("user_version");
  if (version === VERSION) return "current";
  return Number(version) > VERSION ? "newer" : "foreign";
}
