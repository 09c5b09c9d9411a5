import { formatSize } from "./parse/size.ts";
import type { Sending, Stage, Target } from "../mailbox/mailbox.ts";
import { formatRecipient } from "../message/recipient.ts";
import { formatSenderTag } from "../message/sender_tag.ts";
import type { Output } from "./output.ts";

/** What is told of a message on its way out. */
export interface Sent {
  /** Who it is for, as text. */
  readonly name: TargetName;
  /** How many bytes it has. */
  readonly size: number;
  /** How many reply blocks go with it. */
  readonly surbs: number;
  /** Its way, if the client took it. */
  readonly sending: Sending | undefined;
  readonly stage: Stage | "failed";
}

/** Who a message is for, as the fields of a `sent` object name it. */
export type TargetName =
  | { readonly to: string }
  | { readonly replyTo: string };

/** Tell whoever wants to know all that the client has taken a message on. */
export async function tellTaken(
  size: number,
  { packets }: Sending,
  output: Output,
): Promise<void> {
  const pieces = packets === undefined
    ? ""
    : ` in ${packets} ${packets === 1 ? "packet" : "packets"}`;
  await output.detail(`handed over: ${formatSize(size)}${pieces}`);
}

/** Tell how far a message has come: a `sent` object, and talk. */
export async function tellSent(sent: Sent, output: Output): Promise<void> {
  const { name, size, surbs, sending, stage } = sent;
  if (output.json) {
    await output.record("sent", {
      id: sending?.id ?? null,
      ...name,
      stage,
      size,
      packets: sending?.packets ?? null,
      surbs,
    });
  }
  const [text] = Object.values(name) as [string];
  await output.say(`${stage}: ${formatSize(size)} for ${output.address(text)}`);
}

/** The name of a target. */
export function nameOf(target: Target): TargetName {
  return target.kind === "recipient"
    ? { to: formatRecipient(target.recipient) }
    : { replyTo: formatSenderTag(target.senderTag) };
}
