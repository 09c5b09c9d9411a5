import { DecodeError } from "../../errors.ts";
import { decodeRecipient, encodeRecipient } from "../../message/recipient.ts";
import { senderTag } from "../../message/sender_tag.ts";
import type { DatabaseSync } from "../sqlite.ts";
import type { SenderTagStore } from "../stores.ts";
import { writeThrough } from "./write.ts";

/** How many recipients have a tag; the one whose tag was set longest ago goes first. */
const MAX_TAGS = 100_000;

/** What we call ourselves towards whom, in a database. */
export function senderTagStore(
  database: DatabaseSync,
  maximum: number = MAX_TAGS,
): SenderTagStore {
  const insert = database.prepare(
    "INSERT OR REPLACE INTO sender_tag (recipient, tag) VALUES (?, ?)",
  );
  const select = database.prepare(
    "SELECT recipient, tag FROM sender_tag ORDER BY rowid",
  );
  const count = database.prepare("SELECT count(*) AS tags FROM sender_tag");
  const removeOldest = database.prepare(
    "DELETE FROM sender_tag WHERE rowid IN (SELECT rowid FROM sender_tag ORDER BY rowid LIMIT ?)",
  );
  return {
    load: () => select.all().flatMap((row) => decode(row) ?? []),
    set(recipient, tag) {
      writeThrough(database, () => {
        insert.run(encodeRecipient(recipient), tag);
        const excess = Number(count.get()!.tags) - maximum;
        if (excess > 0) removeOldest.run(excess);
      });
    },
  };
}

/** A row that makes no sense is of no use to anybody. */
function decode(
  row: Record<string, unknown>,
): ReturnType<SenderTagStore["load"]>[number] | undefined {
  try {
    return {
      recipient: decodeRecipient(row.recipient as Uint8Array),
      tag: senderTag(row.tag as Uint8Array),
    };
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
