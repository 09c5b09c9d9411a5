import type { Bytes } from "../bytes/brand.ts";
import { EXIT, NymError } from "../errors.ts";
import { formatRecipient, type Recipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import type {
  ClientStores,
  InboxStore,
  ReplyKeyStore,
  SenderTagStore,
  StoredMessage,
  StoredReplyKey,
  StoredSurb,
  SurbStore,
} from "../home/stores.ts";

/** How many bytes of messages may wait for a consumer; what comes then is refused. */
const MAX_WAITING_BYTES = 256 * 1024 * 1024;

/** How many messages may wait for a consumer. */
const MAX_WAITING_MESSAGES = 100_000;

/** Stores of a client that leaves nothing behind. */
export function memoryStores(): ClientStores {
  return {
    surbs: memorySurbs(),
    replyKeys: memoryReplyKeys(),
    senderTags: memorySenderTags(),
    inbox: memoryInbox(),
  };
}

function memorySurbs(): SurbStore {
  const rows = new Map<number, StoredSurb>();
  let last = 0;
  return {
    load: () => [...rows.values()],
    add(tag, surbs, receivedAt) {
      const added = surbs.map((surb) => ({
        id: ++last,
        tag,
        surb,
        receivedAt,
        stale: false,
      }));
      for (const row of added) rows.set(row.id, row);
      return added;
    },
    remove(ids) {
      for (const id of ids) rows.delete(id);
    },
    markStale(ids) {
      for (const id of ids) {
        const row = rows.get(id);
        if (row !== undefined) rows.set(id, { ...row, stale: true });
      }
    },
  };
}

function memoryReplyKeys(): ReplyKeyStore {
  const rows = new Map<string, StoredReplyKey>();
  return {
    load: () => [...rows.values()],
    add(keys) {
      for (const key of keys) rows.set(key.digest.toHex(), key);
    },
    remove(digests) {
      for (const digest of digests) rows.delete(digest.toHex());
    },
  };
}

function memorySenderTags(): SenderTagStore {
  const rows = new Map<string, { recipient: Recipient; tag: SenderTag }>();
  return {
    load: () => [...rows.values()],
    set(recipient, tag) {
      rows.set(formatRecipient(recipient), { recipient, tag });
    },
  };
}

/** Fragments and finished sets are the reassembler's, which lives as long as this store does. */
function memoryInbox(): InboxStore {
  const rows = new Map<string, StoredMessage>();
  let [seq, bytes] = [0, 0];
  return {
    waiting(after, limit) {
      return rows.values().filter((row) => row.seq > after).take(limit)
        .toArray();
    },
    add(message) {
      const size = message.body.length;
      if (
        rows.size >= MAX_WAITING_MESSAGES || bytes + size > MAX_WAITING_BYTES
      ) {
        throw new NymError("Cannot keep message: the inbox is full", {
          exitCode: EXIT.failure,
          hint: "Take what waits in the inbox",
        });
      }
      bytes += size;
      rows.set(message.id, { ...message, seq: ++seq, delivered: false });
      return seq;
    },
    delivered(id) {
      const row = rows.get(id);
      if (row !== undefined) rows.set(id, { ...row, delivered: true });
    },
    taken(id) {
      bytes -= rows.get(id)?.body.length ?? 0;
      rows.delete(id);
    },
    fragments: (): Bytes[] => [],
    keep() {},
    finish() {},
    finishedSets: (): number[] => [],
  };
}
