import { formatSize } from "./parse/size.ts";
import type { Sending, Stage, Target } from "../mailbox/mailbox.ts";
import { formatRecipient } from "../message/recipient.ts";
import { formatSenderTag } from "../message/sender_tag.ts";
import type { Output } from "./output.ts";

/** What is told of a message on its way out. */
export interface Sent {
  readonly target: Target;
  readonly body: Uint8Array;
  readonly surbs: number;
  /** Its way, if the client took it. */
  readonly sending: Sending | undefined;
  readonly stage: Stage | "failed";
}

/** Tell how far a message has come: a `sent` object, and talk. */
export async function tellSent(sent: Sent, output: Output): Promise<void> {
  const { target, body, surbs, sending, stage } = sent;
  const to = formatTarget(target);
  if (output.json) {
    await output.record("sent", {
      id: sending?.id ?? null,
      [target.kind === "recipient" ? "to" : "replyTo"]: to,
      stage,
      size: body.length,
      packets: sending?.packets ?? null,
      surbs,
    });
  }
  await output.say(
    `${stage}: ${formatSize(body.length)} for ${output.address(to)}`,
  );
}

/** A target as text: an address or a sender tag. */
export function formatTarget(target: Target): string {
  return target.kind === "recipient"
    ? formatRecipient(target.recipient)
    : formatSenderTag(target.senderTag);
}
