import type { Bytes } from "../../bytes/brand.ts";
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

/** The bodies that plugins make of a message. */
export async function transformed(
  chain: PluginChain,
  message: Outgoing,
  signal: AbortSignal,
): Promise<Bytes[]> {
  return await chain.outgoing(draftOf(message), signal);
}

/** Show plugins what was sent. */
export async function observed(
  chain: PluginChain,
  message: Outgoing,
  signal: AbortSignal,
): Promise<void> {
  await chain.observe(draftOf(message), signal);
}

function draftOf({ target, body }: Outgoing): Draft {
  // A copy of its own: what was read may be a view into something larger.
  const copy = body.slice();
  return target.kind === "recipient"
    ? { to: formatRecipient(target.recipient), body: copy }
    : { replyTo: formatSenderTag(target.senderTag), body: copy };
}
