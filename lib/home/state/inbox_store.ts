import type { Bytes } from "../../bytes/brand.ts";
import { EXIT, NymError } from "../../errors.ts";
import { senderTag } from "../../message/sender_tag.ts";
import type { DatabaseSync } from "../sqlite.ts";
import type { InboxStore, StoredMessage } from "../stores.ts";
import { write, writeThrough } from "./write.ts";

/** How many finished sets are remembered. */
const MAX_FINISHED = 65_536;

/** Where an encoded fragment says which one of its set it is (nymtech/nym, `common/nymsphinx/chunking`). */
const NUMBER_OFFSET = 5;

/** How much an inbox holds; what comes then is refused. */
export interface InboxLimits {
  /** How many messages wait. @default 100 000 */
  messages?: number;
  /** How many bytes they have together. @default 256 MiB */
  bytes?: number;
}

/**
 * What arrived, in a database. A message is on disk before anybody is told of it; that a fragment came, that a message was
 * handed out or taken survives the death of the process.
 */
export function inboxStore(
  database: DatabaseSync,
  limits: InboxLimits = {},
): InboxStore {
  const { messages = 100_000, bytes = 256 * 1024 * 1024 } = limits;
  const select = database.prepare(
    "SELECT seq, id, body, sender_tag, is_reply, received_at, delivered FROM inbox WHERE seq > ? ORDER BY seq LIMIT ?",
  );
  const insert = database.prepare(
    "INSERT INTO inbox (id, body, sender_tag, is_reply, received_at) VALUES (?, ?, ?, ?, ?)",
  );
  const deliver = database.prepare(
    "UPDATE inbox SET delivered = 1 WHERE id = ? AND delivered = 0",
  );
  const sizeOf = database.prepare(
    "SELECT length(body) AS size FROM inbox WHERE id = ?",
  );
  const remove = database.prepare("DELETE FROM inbox WHERE id = ?");
  const fragments = database.prepare("SELECT bytes FROM fragment ORDER BY n");
  const keep = database.prepare(
    "INSERT OR REPLACE INTO fragment (set_id, number, bytes, received_at) VALUES (?, ?, ?, ?)",
  );
  const dropFragments = database.prepare(
    "DELETE FROM fragment WHERE set_id = ?",
  );
  const finishSet = database.prepare(
    "INSERT OR IGNORE INTO finished_set (set_id) VALUES (?)",
  );
  const forgetSets = database.prepare(
    "DELETE FROM finished_set WHERE n <= (SELECT max(n) FROM finished_set) - ?",
  );
  const finished = database.prepare(
    "SELECT set_id FROM finished_set ORDER BY n",
  );
  const total = database.prepare(
    "SELECT count(*) AS messages, coalesce(sum(length(body)), 0) AS bytes FROM inbox",
  ).get()!;
  const held = { messages: Number(total.messages), bytes: Number(total.bytes) };

  function finish(setIds: readonly number[]): void {
    for (const setId of setIds) {
      dropFragments.run(setId);
      finishSet.run(setId);
    }
    forgetSets.run(MAX_FINISHED);
  }

  return {
    waiting: (after, limit) => select.all(after, limit).map(decode),
    add(message, setIds) {
      const { id, body, senderTag, isReply, receivedAt } = message;
      if (held.messages >= messages || held.bytes + body.length > bytes) {
        throw full();
      }
      const seq = writeThrough(database, () => {
        const { lastInsertRowid } = insert.run(
          id,
          body,
          senderTag ?? null,
          Number(isReply),
          Math.trunc(receivedAt),
        );
        finish(setIds);
        return Number(lastInsertRowid);
      });
      held.messages++;
      held.bytes += body.length;
      return seq;
    },
    delivered(id) {
      write(database, () => deliver.run(id));
    },
    taken(id) {
      const size = sizeOf.get(id)?.size;
      if (size === undefined) return;
      write(database, () => remove.run(id));
      held.messages--;
      held.bytes -= Number(size);
    },
    fragments: () => fragments.all().map((row) => row.bytes as Bytes),
    keep(setId, fragment, receivedAt) {
      const number = fragment[NUMBER_OFFSET] ?? 0;
      write(
        database,
        () => keep.run(setId, number, fragment, Math.trunc(receivedAt)),
      );
    },
    finish(setIds) {
      if (setIds.length > 0) write(database, () => finish(setIds));
    },
    finishedSets: () => finished.all().map((row) => row.set_id as number),
  };
}

function decode(row: Record<string, unknown>): StoredMessage {
  const tag = row.sender_tag;
  return {
    id: row.id as string,
    seq: row.seq as number,
    body: row.body as Bytes,
    senderTag: tag instanceof Uint8Array ? senderTag(tag) : undefined,
    isReply: row.is_reply !== 0,
    receivedAt: row.received_at as number,
    delivered: row.delivered !== 0,
  };
}

function full(): NymError {
  return new NymError("Cannot keep message: the inbox is full", {
    exitCode: EXIT.failure,
    hint: "Take what waits in the inbox: nymwire listen",
  });
}
