import { NymError } from "../errors.ts";
import {
  formatRecipient,
  type Recipient,
  sameRecipient,
} from "../message/recipient.ts";
import { formatSenderTag } from "../message/sender_tag.ts";
import type { SurbOrigin } from "./reply_keys.ts";
import type { SenderTags } from "./sender_tags.ts";

/** No message carries more blocks than this. */
const BLOCKS_PER_MESSAGE = 100;

/** Options of {@linkcode SurbGrants}. */
export interface SurbGrantsOptions {
  /** To whom we have sent blocks before. */
  tags: SenderTags;
  /** More than this are never owed to anyone. */
  maximum: number;
  /** Send so many blocks, and resolve once their packets have left. */
  send: (origin: SurbOrigin, count: number) => Promise<void>;
}

/** What has become of requests for reply blocks. */
export interface SurbGrantCounters {
  /** Blocks given. */
  granted: number;
  /** Requests from someone whom we never sent blocks: an answer would tell who we are. */
  strangers: number;
  /** Blocks asked for beyond what is owed to anyone at a time, and not given. */
  excessive: number;
}

/** Gives more reply blocks to those who ask and to whom we sent some before, one message at a time to each. */
export class SurbGrants {
  readonly counters: SurbGrantCounters = {
    granted: 0,
    strangers: 0,
    excessive: 0,
  };
  readonly #options: SurbGrantsOptions;
  /** How many blocks are owed to those who are being answered, by our tag and their address. */
  readonly #owed = new Map<string, number>();

  /** Nobody has asked yet. */
  constructor(options: SurbGrantsOptions) {
    this.#options = options;
  }

  /**
   * Answer a request; resolves when nothing is owed to that recipient any more, or others see to it. `known` is whom the reply block was
   * given to that it came through.
   */
  async answer(
    recipient: Recipient,
    amount: number,
    known?: SurbOrigin,
  ): Promise<void> {
    const tag = known && sameRecipient(known.recipient, recipient)
      ? known.tag
      : this.#options.tags.find(recipient);
    if (tag === undefined) return void this.counters.strangers++;
    const name = `${formatSenderTag(tag)} ${formatRecipient(recipient)}`;
    const before = this.#owed.get(name);
    const asked = (before ?? 0) + amount;
    const owed = Math.min(asked, this.#options.maximum);
    this.counters.excessive += asked - owed;
    this.#owed.set(name, owed);
    if (before !== undefined) return;
    try {
      await this.#pay({ recipient, tag }, name);
    } catch (error) {
      // Whoever asked asks again if it matters; nobody waits for the reason.
      if (!(error instanceof NymError)) throw error;
    } finally {
      this.#owed.delete(name);
    }
  }

  async #pay(origin: SurbOrigin, name: string): Promise<void> {
    for (;;) {
      const owed = this.#owed.get(name) ?? 0;
      if (owed === 0) return;
      const count = Math.min(owed, BLOCKS_PER_MESSAGE);
      await this.#options.send(origin, count);
      this.counters.granted += count;
      this.#owed.set(name, (this.#owed.get(name) ?? 0) - count);
    }
  }
}
