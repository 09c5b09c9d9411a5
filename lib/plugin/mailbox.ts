import type { Mailbox, Target } from "../mailbox/mailbox.ts";
import { formatRecipient, parseRecipient } from "../message/recipient.ts";
import { parseSenderTag } from "../message/sender_tag.ts";

/** What plugins need of a client. */
export interface PluginMailbox {
  /** The address of the client. */
  readonly address: string;
  /**
   * Hand over a message to an address, or an answer to a sender tag. Resolves once the client has it, with a promise of
   * when it has left.
   *
   * @throws {NymError} If it cannot be sent.
   */
  send(
    message: OutboundMessage,
    signal: AbortSignal,
  ): Promise<{ readonly left: Promise<void> }>;
}

/** A message that a plugin sends. */
export interface OutboundMessage {
  /** An address; or else */
  readonly to?: string | undefined;
  /** the tag of a sender, in base58. */
  readonly replyTo?: string | undefined;
  readonly body: Uint8Array;
  /** How many reply blocks go with it. @default 0 */
  readonly surbs?: number | undefined;
}

/** Let plugins send through a mailbox. */
export function pluginMailbox(mailbox: Mailbox): PluginMailbox {
  return {
    address: formatRecipient(mailbox.address),
    async send({ to, replyTo, body, surbs }, signal) {
      const target: Target = to !== undefined
        ? { kind: "recipient", recipient: parseRecipient(to) }
        : { kind: "reply", senderTag: parseSenderTag(replyTo ?? "") };
      const sending = await mailbox.send({ target, body, surbs }, { signal });
      const left = mailbox.strongestStage === "queued"
        ? Promise.resolve()
        : sending.reached("flushed", signal);
      return { left };
    },
  };
}
