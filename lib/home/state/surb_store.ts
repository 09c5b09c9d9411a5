import { DecodeError } from "../../errors.ts";
import { rotationByte, rotationFromByte } from "../../message/key_rotation.ts";
import { decodeReplySurb, encodeReplySurb } from "../../message/reply_surb.ts";
import { senderTag } from "../../message/sender_tag.ts";
import type { DatabaseSync } from "../sqlite.ts";
import type { StoredSurb, SurbStore } from "../stores.ts";
import { write, writeThrough } from "./write.ts";

/** Reply blocks of others in a database. That a block is gone is on disk before it is used. */
export function surbStore(database: DatabaseSync): SurbStore {
  const insert = database.prepare(
    "INSERT OR IGNORE INTO surb (tag, key, bytes, rotation, received_at) VALUES (?, ?, ?, ?, ?)",
  );
  const select = database.prepare(
    "SELECT id, tag, bytes, rotation, received_at, stale FROM surb WHERE pending = 0 ORDER BY id",
  );
  const remove = database.prepare("DELETE FROM surb WHERE id = ?");
  const markStale = database.prepare("UPDATE surb SET stale = 1 WHERE id = ?");
  return {
    load: () => select.all().flatMap((row) => decode(row) ?? []),
    add: (tag, surbs, receivedAt) =>
      write(database, () =>
        surbs.flatMap((surb) => {
          const { changes, lastInsertRowid } = insert.run(
            tag,
            surb.key,
            encodeReplySurb(surb),
            rotationByte(surb.rotation),
            Math.trunc(receivedAt),
          );
          // A block that is here already is one block still.
          if (changes === 0) return [];
          const id = Number(lastInsertRowid);
          return { id, tag, surb, receivedAt, stale: false };
        })),
    remove(ids) {
      if (ids.length === 0) return;
      writeThrough(database, () => ids.forEach((id) => remove.run(id)));
    },
    markStale(ids) {
      write(database, () => ids.forEach((id) => markStale.run(id)));
    },
  };
}

/** A row that makes no sense is of no use to anybody. */
function decode(row: Record<string, unknown>): StoredSurb | undefined {
  try {
    const rotation = rotationFromByte(row.rotation as number);
    return {
      id: row.id as number,
      tag: senderTag(row.tag as Uint8Array),
      surb: decodeReplySurb(row.bytes as Uint8Array, rotation),
      receivedAt: row.received_at as number,
      stale: row.stale !== 0,
    };
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
