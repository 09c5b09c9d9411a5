import type { Bytes } from "../../bytes/brand.ts";
import { senderTag } from "../../message/sender_tag.ts";
import type { DatabaseSync } from "../sqlite.ts";
import {
  InboxFullError,
  type InboxStore,
  type StoredMessage,
} from "../stores.ts";
import { onlookerStore } from "./onlooker_store.ts";
import { write, writeThrough } from "./write.ts";

/** How many finished sets are remembered. */
const MAX_FINISHED = 65_536;

/** Where an encoded fragment says which one of its set it is (nymtech/nym, `common/nymsphinx/chunking`). */
const NUMBER_OFFSET = 5;

/** How much an inbox holds; what comes then is refused, unless something else may go. */
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
  const columns = "seq, id, body, sender_tag, is_reply, received_at, delivered";
  const select = database.prepare(
    `SELECT ${columns} FROM inbox WHERE seq > ? AND seq NOT IN (SELECT seq FROM taken) ORDER BY seq LIMIT ?`,
  );
  const first = database.prepare(
    `SELECT ${columns} FROM inbox WHERE seq > ? ORDER BY seq LIMIT 1`,
  );
  const insert = database.prepare(
    "INSERT INTO inbox (id, body, sender_tag, is_reply, received_at) VALUES (?, ?, ?, ?, ?)",
  );
  const deliver = database.prepare(
    "UPDATE inbox SET delivered = ? WHERE id = ? AND delivered <> ?",
  );
  const remove = database.prepare(
    "DELETE FROM inbox WHERE seq = ? RETURNING length(body) AS size",
  );
  const seqOf = database.prepare("SELECT seq FROM inbox WHERE id = ?");
  const oldest = database.prepare("SELECT min(seq) AS seq FROM inbox");
  const markTaken = database.prepare("INSERT OR IGNORE INTO taken VALUES (?)");
  const oldestTaken = database.prepare("SELECT min(seq) AS seq FROM taken");
  const takenUpTo = database.prepare("SELECT seq FROM taken WHERE seq <= ?");
  const unmarkTaken = database.prepare("DELETE FROM taken WHERE seq = ?");
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
  let madeRoom = 0;
  const onlooker = onlookerStore(database, {
    first(after) {
      const row = first.get(after);
      return row && decode(row);
    },
    dropTaken: (seq) => drop(takenUpTo.all(seq).map((row) => Number(row.seq))),
  });

  function finish(setIds: readonly number[]): void {
    for (const setId of setIds) {
      dropFragments.run(setId);
      finishSet.run(setId);
    }
    forgetSets.run(MAX_FINISHED);
  }

  /** Within a transaction: remove messages. Returns how to count that, once it is certain. */
  function drop(seqs: readonly number[]): () => void {
    const sizes = seqs.flatMap((seq) => {
      unmarkTaken.run(seq);
      return remove.all(seq).map(({ size }) => Number(size));
    });
    return () => {
      held.messages -= sizes.length;
      held.bytes -= sizes.reduce((sum, size) => sum + size, 0);
    };
  }

  /** Let messages go that somebody has had, until there is room for `size` bytes. Returns whether there is. */
  function makeRoom(size: number): boolean {
    if (messages === 0 || size > bytes) return false;
    while (held.messages >= messages || held.bytes + size > bytes) {
      const seq = dispensable();
      if (seq === undefined) return false;
      write(database, () => drop([seq]))();
      madeRoom++;
    }
    return true;
  }

  /** The message that may go first: the oldest that the onlooker has seen, else the oldest that was taken. */
  function dispensable(): number | undefined {
    const seq = oldest.get()?.seq ?? undefined;
    if (seq !== undefined && Number(seq) <= onlooker.position.seen) {
      return Number(seq);
    }
    const taken = oldestTaken.get()?.seq ?? undefined;
    return taken === undefined ? undefined : Number(taken);
  }

  return {
    onlooker,
    get madeRoom() {
      return madeRoom;
    },
    waiting: (after, limit) => select.all(after, limit).map(decode),
    add(message, setIds, also = () => {}) {
      const { id, body, senderTag, isReply, receivedAt } = message;
      if (!makeRoom(body.length)) throw new InboxFullError();
      const seq = writeThrough(database, () => {
        const { lastInsertRowid } = insert.run(
          id,
          body,
          senderTag ?? null,
          Number(isReply),
          Math.trunc(receivedAt),
        );
        finish(setIds);
        also();
        return Number(lastInsertRowid);
      });
      held.messages++;
      held.bytes += body.length;
      return seq;
    },
    delivered(id, isOut) {
      const mark = Number(isOut);
      write(database, () => deliver.run(mark, id, mark));
    },
    taken(id) {
      const seq = Number(seqOf.get(id)?.seq ?? 0);
      if (seq === 0) return;
      const { started, seen } = onlooker.position;
      if (started && seq > seen) write(database, () => markTaken.run(seq));
      else write(database, () => drop([seq]))();
    },
    fragments: () => fragments.all().map((row) => row.bytes as Bytes),
    keep(setId, fragment, receivedAt) {
      const number = fragment[NUMBER_OFFSET] ?? 0;
      write(
        database,
        () => keep.run(setId, number, fragment, Math.trunc(receivedAt)),
      );
    },
    finish(setIds, also = () => {}) {
      if (setIds.length === 0) return also();
      write(database, () => {
        finish(setIds);
        also();
      });
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
