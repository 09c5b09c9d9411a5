import type { Bytes } from "../../bytes/brand.ts";
import type { DatabaseSync } from "../sqlite.ts";
import type { ReplyKeyStore } from "../stores.ts";
import { write, writeThrough } from "./write.ts";

/** How many keys are kept; the oldest go first. A client gives away 500 blocks at once at most. */
const MAX_KEYS = 200_000;

/** Keys of reply blocks of ours in a database. They are on disk before the blocks leave. */
export function replyKeyStore(
  database: DatabaseSync,
  maximum: number = MAX_KEYS,
): ReplyKeyStore {
  const insert = database.prepare(
    "INSERT OR REPLACE INTO reply_key (digest, key, created_at) VALUES (?, ?, ?)",
  );
  const select = database.prepare(
    "SELECT digest, key, created_at FROM reply_key ORDER BY created_at, rowid",
  );
  const count = database.prepare("SELECT count(*) AS keys FROM reply_key");
  const removeOldest = database.prepare(
    "DELETE FROM reply_key WHERE rowid IN (SELECT rowid FROM reply_key ORDER BY created_at, rowid LIMIT ?)",
  );
  const remove = database.prepare("DELETE FROM reply_key WHERE digest = ?");
  return {
    load: () =>
      select.all().map((row) => ({
        digest: row.digest as Bytes,
        key: row.key as Bytes,
        createdAt: row.created_at as number,
      })),
    add(keys) {
      if (keys.length === 0) return;
      writeThrough(database, () => {
        for (const { digest, key, createdAt } of keys) {
          insert.run(digest, key, Math.trunc(createdAt));
        }
        const excess = Number(count.get()!.keys) - maximum;
        if (excess > 0) removeOldest.run(excess);
      });
    },
    remove(digests) {
      if (digests.length === 0) return;
      write(database, () => digests.forEach((digest) => remove.run(digest)));
    },
  };
}
