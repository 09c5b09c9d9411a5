import type { Target } from "../../mailbox/mailbox.ts";
import { formatRecipient } from "../../message/recipient.ts";
import { formatSenderTag } from "../../message/sender_tag.ts";
import type { PluginChain } from "../../plugin/chain.ts";
import type { Draft } from "../../plugin/chain_message.ts";

/** A message to be sent. */
interface Outgoing {
  readonly target: Target;
  readonly body: Uint8Array;
}

/** The bodies that plugins make of a message, if there are any. */
export async function transformed(
  chain: PluginChain | undefined,
  message: Outgoing,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  return await chain?.outgoing(draftOf(message), signal) ?? [message.body];
}

/** Show plugins what was sent, if there are any. */
export async function observed(
  chain: PluginChain | undefined,
  message: Outgoing,
  signal: AbortSignal,
): Promise<void> {
  await chain?.observe(draftOf(message), signal);
}

function draftOf({ target, body }: Outgoing): Draft {
  // A copy of its own: what was read may be a view into something larger.
  const copy = body.slice();
  return target.kind === "recipient"
    ? { to: formatRecipient(target.recipient), body: copy }
    : { replyTo: formatSenderTag(target.senderTag), body: copy };
}
