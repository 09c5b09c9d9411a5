import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Bytes } from "../bytes/brand.ts";
import { UsageError } from "../errors.ts";
import { reservePrivateFile } from "../home/private_file.ts";
import { UNWRITTEN } from "../home/sqlite.ts";

/** Clients that may be registered at once. */
const MAX_CLIENTS = 100_000;
/** Messages that may wait for one client: 16 MB of regular packets. */
const MAX_INBOX = 10_000;
/** Messages that may wait for all clients together: 160 MB of regular packets. */
const MAX_STORED = 100_000;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS clients (
    identity BLOB PRIMARY KEY,
    shared_key BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    client BLOB NOT NULL REFERENCES clients (identity) ON DELETE CASCADE,
    message BLOB NOT NULL,
    stored_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS inbox_of_client ON inbox (client, id);
`;

/** A message that waits for its client. */
export interface StoredMessage {
  /** Counts the messages of the store. */
  readonly id: number;
  /** What the client gets. */
  readonly message: Bytes;
}

/** Options of {@linkcode GatewayStore.open}. */
export interface GatewayStoreOptions {
  /** Its SQLite file; none keeps everything in memory. */
  path?: string | undefined;
  /** Messages that may wait for one client. @default 10_000 */
  maxInbox?: number | undefined;
}

/** What a gateway knows of its clients: their keys, and messages for those that are away. */
export class GatewayStore implements Disposable {
  readonly #database: DatabaseSync;
  readonly #maxInbox: number;
  /** Messages per client, so that nobody counts rows. */
  readonly #waiting = new Map<string, number>();
  #stored = 0;
  readonly #key: StatementSync;
  readonly #register: StatementSync;
  readonly #forget: StatementSync;
  readonly #store: StatementSync;
  readonly #select: StatementSync;
  readonly #remove: StatementSync;
  #clients: number;

  private constructor(database: DatabaseSync, maxInbox: number) {
    this.#database = database;
    this.#maxInbox = maxInbox;
    database.exec(SCHEMA);
    this.#key = database.prepare(
      "SELECT shared_key FROM clients WHERE identity = ?",
    );
    this.#register = database.prepare(
      "INSERT INTO clients VALUES (?, ?) ON CONFLICT DO UPDATE SET shared_key = excluded.shared_key",
    );
    this.#forget = database.prepare("DELETE FROM clients WHERE identity = ?");
    this.#store = database.prepare(
      "INSERT INTO inbox (client, message, stored_at) VALUES (?, ?, ?)",
    );
    this.#select = database.prepare(
      "SELECT id, message FROM inbox WHERE client = ? AND id > ? ORDER BY id LIMIT ?",
    );
    this.#remove = database.prepare("DELETE FROM inbox WHERE id = ?");
    const { n } = database.prepare("SELECT count(*) AS n FROM clients").get()!;
    this.#clients = Number(n);
    this.#recount();
  }

  /**
   * Open or create a store. Its file is made so that only its owner can read it.
   *
   * @throws {UsageError} If the file is there and is no store.
   */
  static async open(
    { path, maxInbox = MAX_INBOX }: GatewayStoreOptions = {},
  ): Promise<GatewayStore> {
    if (path !== undefined) await reservePrivateFile(path);
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(path ?? ":memory:", {
        enableForeignKeyConstraints: true,
      });
      return new GatewayStore(database, maxInbox);
    } catch (cause) {
      database?.close();
      throw new UsageError(
        `Cannot open gateway store ${path}: ${(cause as Error).message}`,
        { cause, hint: "Move the file away, or start a fresh network" },
      );
    }
  }

  /** The key that a client registered with; none if it did not. */
  sharedKey(identity: Uint8Array): Bytes | undefined {
    const row = this.#key.get(identity);
    return row === undefined
      ? undefined
      : new Uint8Array(row.shared_key as Uint8Array);
  }

  /** Keep the key of a client in place of the one before. Returns false if there are too many clients. */
  register(identity: Uint8Array, sharedKey: Uint8Array): boolean {
    const isNew = this.sharedKey(identity) === undefined;
    if (isNew && this.#clients >= MAX_CLIENTS) return false;
    this.#register.run(identity, sharedKey);
    if (isNew) this.#clients++;
    return true;
  }

  /** Forget a client, its key and its inbox. */
  forget(identity: Uint8Array): void {
    if (this.#forget.run(identity).changes === 0) return;
    this.#clients--;
    this.#stored -= this.#waiting.get(name(identity)) ?? 0;
    this.#waiting.delete(name(identity));
  }

  /** Keep a message for a registered client. Returns false if its inbox, the whole store or the disk is full. */
  store(identity: Uint8Array, message: Uint8Array, now: number): boolean {
    const waiting = this.#waiting.get(name(identity)) ?? 0;
    if (waiting >= this.#maxInbox || this.#stored >= MAX_STORED) return false;
    try {
      this.#store.run(identity, message, now);
    } catch (error) {
      if (UNWRITTEN.test((error as Error).message)) return false;
      throw error;
    }
    this.#waiting.set(name(identity), waiting + 1);
    this.#stored++;
    return true;
  }

  /** The messages that wait for a client, oldest first, those after `last` alone. */
  waiting(identity: Uint8Array, last: number, limit: number): StoredMessage[] {
    if (!this.#waiting.has(name(identity))) return [];
    return this.#select.all(identity, last, limit).map(({ id, message }) => ({
      id: Number(id),
      message: new Uint8Array(message as Uint8Array),
    }));
  }

  /** Forget messages that their client has. */
  remove(identity: Uint8Array, messages: readonly StoredMessage[]): void {
    let removed = 0;
    for (const { id } of messages) {
      removed += Number(this.#remove.run(id).changes);
    }
    const left = (this.#waiting.get(name(identity)) ?? 0) - removed;
    if (left > 0) this.#waiting.set(name(identity), left);
    else this.#waiting.delete(name(identity));
    this.#stored -= removed;
  }

  /** Forget messages that were stored before a time, in milliseconds since 1970. Returns how many. */
  removeOlderThan(time: number): number {
    const { changes } = this.#database
      .prepare("DELETE FROM inbox WHERE stored_at < ?")
      .run(time);
    if (changes > 0) this.#recount();
    return Number(changes);
  }

  /** Close the file. */
  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #recount(): void {
    this.#waiting.clear();
    this.#stored = 0;
    const rows = this.#database
      .prepare("SELECT client, count(*) AS n FROM inbox GROUP BY client")
      .all();
    for (const { client, n } of rows) {
      this.#waiting.set(name(client as Uint8Array), Number(n));
      this.#stored += Number(n);
    }
  }
}

function name(identity: Uint8Array): string {
  return identity.toHex();
}
