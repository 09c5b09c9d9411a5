import { encodeBase58 } from "../bytes/base58.ts";
import type { KeyRotation } from "../message/key_rotation.ts";
import type { ReplySurb } from "../message/reply_surb.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import { DiskError, type StoredSurb, type SurbStore } from "../home/stores.ts";

/** How many blocks of one sender are kept; what comes beyond that is dropped. */
const MAX_PER_SENDER = 1000;

/** How many senders are remembered; the one heard of longest ago goes first. */
const MAX_SENDERS = 10_000;

interface Sender {
  readonly tag: SenderTag;
  fresh: StoredSurb[];
  stale: StoredSurb[];
  lastReceived: number;
}

/** How many blocks are kept of all senders together: some tens of megabytes. Those heard of longest ago go first. */
const MAX_BLOCKS = 50_000;

/** What {@linkcode SurbStock.expire} goes by. Times are in milliseconds since 1970. */
export interface RotationView {
  /** The current key rotation. */
  readonly rotation: KeyRotation;
  /** When it began. */
  readonly startedAt: number;
  /** How long an epoch lasts: for so long nodes keep the keys of the rotation before. */
  readonly epoch: number;
}

/** Reply blocks of anonymous senders, by sender tag: those of the current key rotation and those perhaps of no use. */
export class SurbStock {
  readonly #store: SurbStore;
  readonly #senders = new Map<string, Sender>();
  #dropped = 0;
  #count = 0;

  /** Take over what the store holds. */
  constructor(store: SurbStore) {
    this.#store = store;
    for (const row of store.load()) {
      const sender = this.#sender(row.tag, row.receivedAt);
      (row.stale ? sender.stale : sender.fresh).push(row);
      this.#count++;
      sender.lastReceived = Math.max(sender.lastReceived, row.receivedAt);
    }
  }

  /** Blocks dropped because a sender or all of them sent too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The senders that are known. */
  get tags(): readonly SenderTag[] {
    return [...this.#senders.values()].map(({ tag }) => tag);
  }

  /** Whether a sender ever sent blocks, as far as is remembered. */
  knows(tag: SenderTag): boolean {
    return this.#senders.has(encodeBase58(tag));
  }

  /** Blocks of a sender for the current rotation. */
  fresh(tag: SenderTag): number {
    return this.#senders.get(encodeBase58(tag))?.fresh.length ?? 0;
  }

  /** All blocks of a sender. */
  available(tag: SenderTag): number {
    const sender = this.#senders.get(encodeBase58(tag));
    return sender === undefined ? 0 : sender.fresh.length + sender.stale.length;
  }

  /** When blocks of a sender came last, in milliseconds since 1970. */
  lastReceived(tag: SenderTag): number | undefined {
    return this.#senders.get(encodeBase58(tag))?.lastReceived;
  }

  /** Keep blocks that came at `now`. `keep` puts them down, together with what they came with: all of it or nothing. */
  receive(
    tag: SenderTag,
    surbs: readonly ReplySurb[],
    now: number,
    keep: (add: () => void) => void = (add) => add(),
  ): void {
    const room = MAX_PER_SENDER - this.available(tag);
    const kept = surbs.slice(0, Math.max(0, room));
    let rows: StoredSurb[] = [];
    keep(() => rows = this.#store.add(tag, kept, now));
    this.#dropped += surbs.length - kept.length;
    const sender = this.#sender(tag, now);
    sender.lastReceived = now;
    // The sender heard of last stands last.
    const key = encodeBase58(tag);
    this.#senders.delete(key);
    this.#senders.set(key, sender);
    sender.fresh.push(...rows);
    this.#count += rows.length;
    while (this.#count > MAX_BLOCKS) this.#dropOldest();
  }

  /**
   * Take up to `count` blocks out, fresh ones first, the oldest first. The store has forgotten them when this returns: none
   * are taken while it cannot.
   */
  take(tag: SenderTag, count: number): ReplySurb[] {
    const sender = this.#senders.get(encodeBase58(tag));
    if (sender === undefined || count <= 0) return [];
    const taken = sender.fresh.slice(0, count);
    taken.push(...sender.stale.slice(0, count - taken.length));
    if (!written(() => this.#store.remove(taken.map(({ id }) => id)))) {
      return [];
    }
    this.#count -= taken.length;
    const gone = new Set(taken);
    sender.fresh = sender.fresh.filter((row) => !gone.has(row));
    sender.stale = sender.stale.filter((row) => !gone.has(row));
    return taken.map(({ surb }) => surb);
  }

  /** The keys have rotated: fresh blocks are perhaps of no use now. Returns how many of each sender that were. */
  age(): { tag: SenderTag; count: number }[] {
    const aged = [...this.#senders.values()]
      .filter(({ fresh }) => fresh.length > 0)
      .map((sender) => {
        const { tag, fresh } = sender;
        sender.stale.push(...fresh);
        sender.fresh = [];
        return { tag, count: fresh.length, ids: fresh.map(({ id }) => id) };
      });
    const ids = aged.flatMap(({ ids }) => ids);
    // A later life that takes them for fresh finds out by their age.
    if (ids.length > 0) written(() => this.#store.markStale(ids));
    return aged.map(({ tag, count }) => ({ tag, count }));
  }

  /** Drop blocks that no node would let through any more. Returns how many. */
  expire(view: RotationView, now: number): number {
    const expired = (row: StoredSurb) => isExpired(row, view, now);
    const rows = [...this.#senders.values()].flatMap((sender) => {
      const gone = [...sender.fresh, ...sender.stale].filter(expired);
      if (gone.length > 0) {
        sender.fresh = sender.fresh.filter((row) => !expired(row));
        sender.stale = sender.stale.filter((row) => !expired(row));
      }
      return gone;
    });
    // Should they still be there in a later life, they have expired there too.
    if (rows.length > 0) {
      written(() => this.#store.remove(rows.map(({ id }) => id)));
    }
    this.#count -= rows.length;
    return rows.length;
  }

  /** Forget senders without blocks of which nothing came since `before`, unless `keep` says otherwise. */
  forgetSilent(before: number, keep: (tag: SenderTag) => boolean): void {
    for (const [key, { tag, fresh, stale, lastReceived }] of this.#senders) {
      const empty = fresh.length + stale.length === 0;
      if (empty && lastReceived < before && !keep(tag)) {
        this.#senders.delete(key);
      }
    }
  }

  #sender(tag: SenderTag, now: number): Sender {
    const key = encodeBase58(tag);
    let sender = this.#senders.get(key);
    if (sender === undefined) {
      if (this.#senders.size >= MAX_SENDERS) this.#dropOldest();
      sender = { tag, fresh: [], stale: [], lastReceived: now };
      this.#senders.set(key, sender);
    }
    return sender;
  }

  #dropOldest(): void {
    const [oldest] = this.#senders;
    if (oldest === undefined) return;
    const [key, { fresh, stale }] = oldest;
    const rows = [...fresh, ...stale];
    this.#dropped += rows.length;
    this.#count -= rows.length;
    written(() => this.#store.remove(rows.map(({ id }) => id)));
    this.#senders.delete(key);
  }
}

/** Write to the store; false if the disk does not take it. */
function written(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (error instanceof DiskError) return false;
    throw error;
  }
}

/**
 * Whether a block leads through keys that nodes have dropped: one from more than an epoch before the current rotation, or
 * one of another rotation once an epoch of this one has passed (nymtech/nym, …/reply_controller/key_rotation_helpers.rs).
 */
function isExpired(row: StoredSurb, view: RotationView, now: number): boolean {
  const { startedAt, epoch } = view;
  if (row.receivedAt < startedAt - epoch) return true;
  if (now < startedAt + epoch) return false;
  const { rotation } = row.surb;
  return row.stale ||
    (rotation !== "unknown" && view.rotation !== "unknown" &&
      rotation !== view.rotation);
}
