import type { Bytes } from "../bytes/brand.ts";
import { blake3 } from "../crypto/blake3.ts";
import { EXIT, NymError, UsageError } from "../errors.ts";
import {
  formatSenderTag,
  SENDER_TAG_SIZE,
  type SenderTag,
  senderTag,
} from "../message/sender_tag.ts";
import { surbFault } from "../wire/native/reply_handle.ts";

/** So many reply blocks are kept (1.2 kB each); the oldest go first. */
const MAX_SURBS = 4096;

/** The tag that a reply block is answered by here: a digest of it, the same in every process. */
export function tagOfReplySurb(surb: Uint8Array): SenderTag {
  return senderTag(blake3(surb).subarray(0, SENDER_TAG_SIZE));
}

/**
 * Reply blocks of clients before 1.1.4, which leave them to the program: each stands under a tag of its own, so that it can be
 * used as newer clients' tags are, and works once.
 */
export class SurbPurse {
  readonly #surbs = new Map<string, Bytes>();

  /**
   * Keep a block. The same one always has the same tag.
   *
   * @throws {UsageError} If it has not the shape of a reply block.
   */
  put(surb: Uint8Array): SenderTag {
    if (surbFault(surb) !== undefined) {
      throw new UsageError(
        `Cannot use reply block: ${surb.length} bytes are none`,
        { hint: "Copy the whole replySurb of the message" },
      );
    }
    const tag = tagOfReplySurb(surb);
    const oldest = this.#surbs.keys().next().value;
    if (this.#surbs.size >= MAX_SURBS && oldest !== undefined) {
      this.#surbs.delete(oldest);
    }
    this.#surbs.set(formatSenderTag(tag), new Uint8Array(surb));
    return tag;
  }

  /**
   * Take a block out: it will not work twice.
   *
   * @throws {NymError} With exit code 11 if there is none.
   */
  take(tag: SenderTag): Bytes {
    const text = formatSenderTag(tag);
    const surb = this.#surbs.get(text);
    this.#surbs.delete(text);
    if (surb !== undefined) return surb;
    throw new NymError(
      "Cannot reply: unknown sender tag, or its reply block was used",
      {
        exitCode: EXIT.noReply,
        hint: "A client before 1.1.4 answers each message once",
        mayArrive: false,
      },
    );
  }
}
