import { NymError } from "../errors.ts";
import { formatRecipient, type Recipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import type { SenderTags } from "./sender_tags.ts";

/** No message carries more blocks than this. */
const BLOCKS_PER_MESSAGE = 100;

/** Options of {@linkcode SurbGrants}. */
export interface SurbGrantsOptions {
  /** To whom we have sent blocks before. */
  tags: SenderTags;
  /** More than this are never given at once. */
  maximum: number;
  /** Send so many blocks, and resolve once their packets have left. */
  send: (recipient: Recipient, tag: SenderTag, count: number) => Promise<void>;
}

/** What has become of requests for reply blocks. */
export interface SurbGrantCounters {
  /** Blocks given. */
  granted: number;
  /** Requests from someone whom we never sent blocks: an answer would tell who we are. */
  strangers: number;
  /** Requests that came while one of the same recipient was being answered. */
  impatient: number;
}

/** Gives more reply blocks to those who ask and to whom we sent some before, one request at a time. */
export class SurbGrants {
  readonly counters: SurbGrantCounters = {
    granted: 0,
    strangers: 0,
    impatient: 0,
  };
  readonly #options: SurbGrantsOptions;
  readonly #answering = new Set<string>();

  /** Nobody has asked yet. */
  constructor(options: SurbGrantsOptions) {
    this.#options = options;
  }

  /** Answer a request; resolves when the answer has left, or cannot. */
  async answer(recipient: Recipient, amount: number): Promise<void> {
    const { tags, maximum, send } = this.#options;
    const tag = tags.find(recipient);
    if (tag === undefined) return void this.counters.strangers++;
    const name = formatRecipient(recipient);
    if (this.#answering.has(name)) return void this.counters.impatient++;
    this.#answering.add(name);
    try {
      for (let left = Math.min(amount, maximum); left > 0;) {
        const count = Math.min(left, BLOCKS_PER_MESSAGE);
        await send(recipient, tag, count);
        this.counters.granted += count;
        left -= count;
      }
    } catch (error) {
      // Whoever asked asks again if it matters: the message has told why it failed, and to nobody who waits for it.
      if (!(error instanceof NymError)) throw error;
    } finally {
      this.#answering.delete(name);
    }
  }
}
