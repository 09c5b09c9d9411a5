import type { Bytes } from "../bytes/brand.ts";
import { formatRecipient, type Recipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import {
  type ClientStores,
  InboxFullError,
  type InboxStore,
  type ReplyKeyStore,
  type SenderTagStore,
  type StoredMessage,
  type StoredReplyKey,
  type StoredSurb,
  type SurbStore,
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
  const rows = new Map<number, StoredMessage>();
  const seqs = new Map<string, number>();
  const taken = new Set<number>();
  let [last, bytes, madeRoom, seen, begun, started] = [0, 0, 0, 0, 0, false];

  function drop(seq: number): void {
    const row = rows.get(seq);
    if (row === undefined) return;
    bytes -= row.body.length;
    rows.delete(seq);
    seqs.delete(row.id);
    taken.delete(seq);
  }

  function makeRoom(size: number): void {
    while (
      rows.size >= MAX_WAITING_MESSAGES || bytes + size > MAX_WAITING_BYTES
    ) {
      const [oldest = Infinity] = rows.keys();
      const [dispensable] = oldest <= seen ? [oldest] : taken;
      if (dispensable === undefined) throw new InboxFullError();
      drop(dispensable);
      madeRoom++;
    }
  }

  return {
    onlooker: {
      start: () => void (started = true),
      next(after) {
        const row = rows.values().find(({ seq }) =>
          seq > Math.max(after, seen)
        );
        return row && { ...row, delivered: row.seq <= begun };
      },
      begun: (seq) => void (begun = seq),
      seen(seq) {
        seen = seq;
        for (const one of [...taken]) if (one <= seq) drop(one);
      },
    },
    get madeRoom() {
      return madeRoom;
    },
    waiting(after, limit) {
      return rows.values()
        .filter(({ seq }) => seq > after && !taken.has(seq))
        .take(limit).toArray();
    },
    add(message, _setIds, also = () => {}) {
      makeRoom(message.body.length);
      also();
      const seq = ++last;
      bytes += message.body.length;
      rows.set(seq, { ...message, seq, delivered: false });
      seqs.set(message.id, seq);
      return seq;
    },
    delivered(id, isOut) {
      const row = rows.get(seqs.get(id) ?? 0);
      if (row !== undefined) rows.set(row.seq, { ...row, delivered: isOut });
    },
    taken(id) {
      const seq = seqs.get(id);
      if (seq === undefined) return;
      if (started && seq > seen) taken.add(seq);
      else drop(seq);
    },
    fragments: (): Bytes[] => [],
    keep() {},
    finish: (_setIds, also = () => {}) => also(),
    finishedSets: (): number[] => [],
  };
}
