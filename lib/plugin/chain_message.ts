import type { Bytes } from "../bytes/brand.ts";
import type { IncomingMessage } from "../mailbox/mailbox.ts";
import { formatSenderTag } from "../message/sender_tag.ts";
import type { ToldMessage } from "./protocol.ts";

/** A message on its way through a chain. */
export interface ChainMessage extends Omit<ToldMessage, "body"> {
  readonly body: Bytes;
}

/** A message that is about to be sent. */
export interface Draft {
  /** The address it goes to; or else */
  readonly to?: string | undefined;
  /** the sender tag that it answers. */
  readonly replyTo?: string | undefined;
  readonly body: Bytes;
}

/** What arrived, as a chain sees it. */
export function arrived(message: IncomingMessage): ChainMessage {
  const { id, seq, body, senderTag, stored, redelivered, receivedAt } = message;
  return {
    direction: "incoming",
    id,
    seq,
    time: receivedAt,
    body,
    senderTag: senderTag && formatSenderTag(senderTag),
    stored,
    redelivered,
  };
}

/** As it is told to a plugin. */
export function told({ body, ...rest }: ChainMessage): ToldMessage {
  return { ...rest, body: body.toBase64() };
}
