import {
  type DatabaseSync,
  durably,
  openDatabase,
  tablesOf,
} from "./sqlite.ts";
import { DecodeError } from "../errors.ts";
import { rotationFromByte } from "../message/key_rotation.ts";
import { decodeReplySurb } from "../message/reply_surb.ts";
import { SENDER_TAG_SIZE } from "../message/sender_tag.ts";
import { exists } from "./private_file.ts";
import { readTimestamp } from "./timestamp.ts";

/** What was taken over from the official client's database of replies. */
export interface TakenReplies {
  /** Reply blocks of others. */
  readonly blocks: number;
  /** Keys of reply blocks that this client gave away. */
  readonly keys: number;
  /** Whether the database says that a client uses it; if none does, one was killed, and its blocks may be used already. */
  readonly inUse: boolean;
}

const NOTHING = { blocks: 0, keys: 0 };

/**
 * Take reply blocks and keys over from the official client's database into the state of ours. A block is deleted there, on
 * disk, before it can be used here, so that going back to the official client cannot use it twice; what a crash leaves in
 * between is given up.
 *
 * @param path The official database (nymtech/nym, `common/client-core/surb-storage/fs_surbs_migrations`); it may be missing.
 * @param state The database of {@linkcode openState}.
 * @throws {DamagedDatabaseError} If the official database is damaged; it is left as it is.
 */
export async function takeOverReplies(
  path: string,
  state: DatabaseSync,
): Promise<TakenReplies> {
  giveUpPending(state);
  if (!await exists(path)) return { ...NOTHING, inUse: false };
  const database = await openDatabase(path);
  try {
    return takeOver(database, state);
  } finally {
    database.close();
  }
}

/** What an earlier attempt has left in between may have been used by the official client since. */
function giveUpPending(state: DatabaseSync): void {
  durably(state, () => state.exec("DELETE FROM surb WHERE pending = 1"));
}

function takeOver(database: DatabaseSync, state: DatabaseSync): TakenReplies {
  const tables = tablesOf(database);
  const known = ["status", "reply_surb", "reply_surb_sender", "reply_key"];
  if (!known.every((table) => tables.has(table))) {
    return { ...NOTHING, inUse: false };
  }
  const status = database.prepare("SELECT * FROM status").get();
  const inUse = Boolean(status?.client_in_use);
  if (inUse || status?.flush_in_progress) return { ...NOTHING, inUse };
  // Keys are copied, not taken: those of a flush that was seen before are here, or used.
  const flush = String(
    status?.previous_flush ?? status?.previous_flush_timestamp ?? "",
  );
  const keys = noted(state) === flush ? [] : readKeys(database);
  const blocks = readBlocks(database);
  durably(state, () => {
    state.prepare("INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)")
      .run(FLUSH_NOTE, flush);
    const insertKey = state.prepare(
      "INSERT OR IGNORE INTO reply_key (digest, key, created_at) VALUES (?, ?, ?)",
    );
    for (const key of keys) insertKey.run(key.digest, key.key, key.time);
    const insertBlock = state.prepare(
      "INSERT OR IGNORE INTO surb (tag, key, bytes, rotation, received_at, pending) VALUES (?, ?, ?, ?, ?, 1)",
    );
    for (const { tag, key, bytes, rotation, time } of blocks) {
      insertBlock.run(tag, key, bytes, rotation, time);
    }
  });
  durably(database, () => {
    const remove = database.prepare("DELETE FROM reply_surb WHERE rowid = ?");
    for (const { row } of blocks) remove.run(row);
  });
  durably(state, () => state.exec("UPDATE surb SET pending = 0"));
  return { blocks: blocks.length, keys: keys.length, inUse };
}

/** Under this name the state remembers which flush of the official client it has seen. */
const FLUSH_NOTE = "official flush";

function noted(state: DatabaseSync): unknown {
  return state.prepare("SELECT value FROM note WHERE name = ?")
    .get(FLUSH_NOTE)?.value;
}

interface OfficialKey {
  readonly digest: Uint8Array;
  readonly key: Uint8Array;
  readonly time: number;
}

interface OfficialBlock {
  readonly row: number;
  readonly tag: Uint8Array;
  readonly key: Uint8Array;
  readonly bytes: Uint8Array;
  readonly rotation: number;
  readonly time: number;
}

/** Columns were renamed when their times became texts: all of a row are taken, and read by whichever name is there. */
function readKeys(database: DatabaseSync): OfficialKey[] {
  return database.prepare("SELECT * FROM reply_key").all().flatMap((row) =>
    unlessMalformed(() => ({
      digest: blob(row.key_digest, 32),
      key: blob(row.reply_key, 16),
      time: timeOf(row.sent_at, row.sent_at_timestamp),
    })) ?? []
  );
}

function readBlocks(database: DatabaseSync): OfficialBlock[] {
  const rows = database.prepare(
    "SELECT b.rowid AS row, b.*, s.* FROM reply_surb b JOIN reply_surb_sender s ON s.id = b.reply_surb_sender_id ORDER BY b.rowid",
  ).all();
  return rows.flatMap((row) =>
    unlessMalformed(() => {
      const bytes = blob(row.reply_surb);
      const rotation = Number(row.encoded_key_rotation ?? 0);
      const { key } = decodeReplySurb(bytes, rotationFromByte(rotation));
      return {
        row: row.row as number,
        tag: blob(row.tag, SENDER_TAG_SIZE),
        key,
        bytes,
        rotation,
        time: timeOf(row.last_sent, row.last_sent_timestamp),
      };
    }) ?? []
  );
}

function timeOf(text: unknown, seconds: unknown): number {
  if (typeof text === "string") return readTimestamp(text).getTime();
  if (typeof seconds === "number") return seconds * 1000;
  throw new DecodeError("Cannot decode time: have none");
}

function blob(value: unknown, length?: number): Uint8Array {
  if (value instanceof Uint8Array) {
    if (length === undefined || value.length === length) return value;
  }
  throw new DecodeError(`Cannot decode bytes: need ${length ?? "some"}`);
}

/** A row that makes no sense stays where it is. */
function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
