import type { IncomingMessage } from "../../mailbox/mailbox.ts";
import { formatSenderTag } from "../../message/sender_tag.ts";

/** The fields of a `message` object, after version, type and time. Lossless: text where the bytes are UTF-8, else base64. */
export function messageFields(
  message: IncomingMessage,
): Record<string, unknown> {
  const { id, seq, body, senderTag, replySurb, stored, redelivered } = message;
  return {
    id,
    seq,
    size: body.length,
    senderTag: senderTag ? formatSenderTag(senderTag) : null,
    stored,
    redelivered,
    ...(replySurb ? { replySurb: replySurb.toBase64() } : {}),
    ...bodyFields(body),
  };
}

/** A body as a field: text where the bytes are UTF-8, else base64. */
export function bodyFields(
  body: Uint8Array,
): { text: string } | { base64: string } {
  try {
    // A mark at the beginning is part of the message.
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { text: decoder.decode(body) };
  } catch {
    return { base64: body.toBase64() };
  }
}
