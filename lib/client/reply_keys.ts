import type { Clock } from "../async/clock.ts";
import { sleep } from "../async/clock.ts";
import type { Bytes } from "../bytes/brand.ts";
import { replyKeyDigest } from "../message/encryption.ts";
import type { Recipient } from "../message/recipient.ts";
import type { ReplySurb } from "../message/reply_surb.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import {
  DiskError,
  type ReplyKeyStore,
  type StoredReplyKey,
} from "../home/stores.ts";

/** How often old keys are looked for, in milliseconds. */
const PURGE_MS = 60 * 60_000;

/** Who was given a reply block, and what we called ourselves there. */
export interface SurbOrigin {
  /** Who got it. */
  readonly recipient: Recipient;
  /** Our tag. */
  readonly tag: SenderTag;
}

/** The key of a reply block that an answer came through. */
export interface TakenKey {
  /** 16 bytes. */
  readonly key: Bytes;
  /** Where the block was given to; not known of those of earlier runs. */
  readonly origin: SurbOrigin | undefined;
}

/** A key and where its block was given to: the store keeps the key alone. */
interface GivenKey extends StoredReplyKey {
  readonly origin?: SurbOrigin | undefined;
}

/** Options of {@linkcode ReplyKeys}. */
export interface ReplyKeysOptions {
  /** Where they are kept. */
  store: ReplyKeyStore;
  /** Where time comes from. */
  clock: Clock;
  /** After how many milliseconds a key is thrown away. */
  maximumAge: number;
}

/** The keys of reply blocks that were given away: by their digests answers are known, each once. */
export class ReplyKeys {
  readonly #store: ReplyKeyStore;
  readonly #clock: Clock;
  readonly #maximumAge: number;
  readonly #keys: Map<string, GivenKey>;
  #used: Bytes[] = [];

  /** Take over what the store holds. */
  constructor({ store, clock, maximumAge }: ReplyKeysOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#maximumAge = maximumAge;
    const rows = store.load();
    this.#keys = new Map(rows.map((row) => [row.digest.toHex(), row]));
  }

  /** How many answers are awaited at most. */
  get size(): number {
    return this.#keys.size;
  }

  /** Remember the keys of blocks, before they are given away. Where to is remembered for as long as this client runs. */
  give(surbs: readonly ReplySurb[], origin?: SurbOrigin): void {
    const createdAt = this.#clock.wall();
    const rows = surbs.map(({ key }) => ({
      digest: replyKeyDigest(key),
      key,
      createdAt,
      origin,
    }));
    this.#store.add(rows);
    for (const row of rows) this.#keys.set(row.digest.toHex(), row);
  }

  /** The key with this digest, for the only time. The store forgets it with {@linkcode forgetUsed}. */
  take(digest: Bytes): TakenKey | undefined {
    const name = digest.toHex();
    const row = this.#keys.get(name);
    if (row === undefined) return undefined;
    this.#keys.delete(name);
    this.#used.push(row.digest);
    return { key: row.key, origin: row.origin };
  }

  /** What came with the keys taken is safe: let the store forget them. */
  forgetUsed(): void {
    if (this.#used.length === 0) return;
    this.#store.remove(this.#used);
    this.#used = [];
  }

  /** Throw old keys away now. */
  purge(): void {
    const oldest = this.#clock.wall() - this.#maximumAge;
    const old = this.#keys.values().filter((row) => row.createdAt < oldest)
      .map(({ digest }) => digest).toArray();
    if (old.length === 0) return;
    this.#store.remove(old);
    for (const digest of old) this.#keys.delete(digest.toHex());
  }

  /** With a full disk they stay for another hour. */
  #tryPurge(): void {
    try {
      this.purge();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
    }
  }

  /** Throw old keys away now and then, until the signal is aborted; then returns. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        this.#tryPurge();
        await sleep(this.#clock, PURGE_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
