import type { Clock } from "../async/clock.ts";
import { EXIT, NymError, UsageError } from "../errors.ts";
import type { OutgoingMessage } from "../mailbox/mailbox.ts";
import { nymMessageParts } from "../message/nym_message.ts";
import type { Recipient } from "../message/recipient.ts";
import type { ReplySurb } from "../message/reply_surb.ts";
import type { PacketFactory } from "./packet_factory.ts";
import type { ReplyKeys, SurbOrigin } from "./reply_keys.ts";
import type { SenderTags } from "./sender_tags.ts";
import { Turn } from "./turn.ts";

/** A longer message would not fit into what receivers hold of messages that are not whole, in bytes. */
export const MAX_MESSAGE_SIZE = 60 * 1024 * 1024;

/** More reply blocks in one message are a mistake: they take 460 bytes each. */
const MAX_SURBS = 10_000;

/** What a message with reply blocks has beside blocks and body: type, tags, and the head of the list. */
const REPLIABLE_OVERHEAD = 22;

/** How long a reply block is in a list, in bytes. */
const SURB_SIZE = 460;

/** Options of {@linkcode Composer}. */
export interface ComposerOptions {
  clock: Clock;
  factory: PacketFactory;
  replyKeys: ReplyKeys;
  tags: SenderTags;
}

/** Turns what a program wants to say into the message that is cut into packets. */
export class Composer {
  readonly #options: ComposerOptions;

  /** Uses what it is given. */
  constructor(options: ComposerOptions) {
    this.#options = options;
  }

  /** How many packets a message will take. @throws {UsageError} If it cannot be sent as asked. */
  packets(message: OutgoingMessage): number {
    assertSendable(message);
    const { body, surbs = 0 } = message;
    const length = body.length + REPLIABLE_OVERHEAD + surbs * SURB_SIZE;
    return this.#options.factory.plan(length).fragments;
  }

  /** The parts of a message, with the reply blocks that it asks for; their keys are kept when this resolves. */
  async compose(
    message: OutgoingMessage,
    { freshTag, signal }: {
      freshTag: boolean;
      signal?: AbortSignal | undefined;
    },
  ): Promise<Uint8Array[]> {
    const { target, body: data, surbs = 0, senderTag } = message;
    if (target.kind === "reply") {
      return nymMessageParts({
        kind: "reply",
        content: { kind: "data", data },
      });
    }
    if (surbs === 0) return nymMessageParts({ kind: "plain", data });
    const { recipient } = target;
    const { tags } = this.#options;
    const tag = senderTag ??
      (freshTag ? tags.renew(recipient) : tags.get(recipient));
    const blocks = await this.#surbs(surbs, { recipient, tag }, signal);
    return nymMessageParts({
      kind: "repliable",
      senderTag: tag,
      content: { kind: "data", encoding: "v2", surbs: blocks, data },
    });
  }

  /** The parts of a message that brings reply blocks which were asked for. */
  async composeGrant(
    origin: SurbOrigin,
    count: number,
    signal: AbortSignal,
  ): Promise<Uint8Array[]> {
    const surbs = await this.#surbs(count, origin, signal);
    const content = { kind: "additionalSurbs", encoding: "v2", surbs } as const;
    return nymMessageParts({
      kind: "repliable",
      senderTag: origin.tag,
      content,
    });
  }

  /** Make blocks, letting others have their turn in between: each takes a fraction of a millisecond. */
  async #surbs(
    count: number,
    origin: SurbOrigin,
    signal: AbortSignal | undefined,
  ): Promise<ReplySurb[]> {
    const { clock, factory, replyKeys } = this.#options;
    const turn = new Turn(clock);
    const surbs: ReplySurb[] = [];
    while (surbs.length < count) {
      const surb = factory.surb();
      // The keys have rotated meanwhile: a list is of one rotation.
      if (surb.rotation !== surbs[0]?.rotation) surbs.length = 0;
      surbs.push(surb);
      await turn.yield();
      signal?.throwIfAborted();
    }
    replyKeys.give(surbs, origin);
    return surbs;
  }
}

/** The recipient of a message, if it is not a reply. */
export function recipientOf(
  { target }: OutgoingMessage,
): Recipient | undefined {
  return target.kind === "recipient" ? target.recipient : undefined;
}

function assertSendable({ target, body, surbs = 0 }: OutgoingMessage): void {
  if (body.length > MAX_MESSAGE_SIZE) {
    throw new NymError(
      `Cannot send message: ${body.length} bytes, at most ${MAX_MESSAGE_SIZE}`,
      {
        exitCode: EXIT.refused,
        hint: "Send it in parts, or through pipe",
        mayArrive: false,
      },
    );
  }
  if (!Number.isInteger(surbs) || surbs < 0 || surbs > MAX_SURBS) {
    throw new UsageError(
      `Cannot send ${surbs} reply blocks: need 0 to ${MAX_SURBS}`,
      { mayArrive: false },
    );
  }
  if (target.kind !== "reply") return;
  if (surbs > 0) {
    throw new UsageError("Cannot send reply blocks with a reply", {
      hint: "Send a message to the recipient's address instead",
      mayArrive: false,
    });
  }
  if (body.length === 0) {
    throw new UsageError("Cannot send an empty reply", {
      hint: "Send at least one byte",
      mayArrive: false,
    });
  }
}
