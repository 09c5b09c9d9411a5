import type { RandomSource } from "../crypto/random.ts";
import { formatRecipient, type Recipient } from "../message/recipient.ts";
import { newSenderTag, type SenderTag } from "../message/sender_tag.ts";
import type { SenderTagStore } from "../home/stores.ts";

/** What this client calls itself towards each recipient of anonymous messages. */
export class SenderTags {
  readonly #store: SenderTagStore;
  readonly #random: RandomSource;
  readonly #tags: Map<string, SenderTag>;

  /** Take over what the store holds. */
  constructor(store: SenderTagStore, random: RandomSource) {
    this.#store = store;
    this.#random = random;
    const rows = store.load();
    this.#tags = new Map(
      rows.map(({ recipient, tag }) => [formatRecipient(recipient), tag]),
    );
  }

  /** The tag for a recipient, if there is one: only then were reply blocks sent there. */
  find(recipient: Recipient): SenderTag | undefined {
    return this.#tags.get(formatRecipient(recipient));
  }

  /** The tag for a recipient, drawn if there is none. */
  get(recipient: Recipient): SenderTag {
    return this.find(recipient) ?? this.renew(recipient);
  }

  /** A new tag for a recipient, who cannot know that it is the same sender as before. */
  renew(recipient: Recipient): SenderTag {
    const tag = newSenderTag(this.#random);
    this.#store.set(recipient, tag);
    this.#tags.set(formatRecipient(recipient), tag);
    return tag;
  }
}
