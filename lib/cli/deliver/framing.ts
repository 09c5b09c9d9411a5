import { concat } from "../../bytes/concat.ts";
import type { IncomingMessage } from "../../mailbox/mailbox.ts";
import { formatSenderTag } from "../../message/sender_tag.ts";
import type { JOIN_MODES } from "../definitions/listen.ts";
import { escapeControls } from "../escape.ts";
import type { FormatField, FormatPart } from "../parse/format_string.ts";

/** How messages are to look on stdout. */
export interface FramingOptions {
  /** What follows each message. @default "lines" */
  readonly join?: typeof JOIN_MODES[number] | undefined;
  /** Bytes as they are, one message after the other. */
  readonly raw?: true | undefined;
  /** A line of the user's own making. */
  readonly format?: readonly FormatPart[] | undefined;
  /** Whether a person looks: what could steer the terminal is escaped, unless `raw`. */
  readonly isTerminal: boolean;
}

const TERMINATOR = { lines: "\n", nul: "\0", none: "" } as const;

const encoder = new TextEncoder();

/** The bytes that stand for a message on stdout. */
export function frameMessage(
  message: IncomingMessage,
  options: FramingOptions,
): Uint8Array {
  const { raw, format, isTerminal } = options;
  const shown = isTerminal && !raw ? withoutControls(message.body) : undefined;
  const body = shown ?? message.body;
  const content = format
    ? concat(...format.map((part) => fill(part, message, body)))
    : body;
  const terminator = encoder.encode(TERMINATOR[joinOf(options)]);
  return terminator.length === 0 ? content : concat(content, terminator);
}

/** What follows a message: nothing more where the format itself ends a line or record. */
function joinOf(
  { join, raw, format }: FramingOptions,
): keyof typeof TERMINATOR {
  if (join !== undefined) return join;
  if (raw) return "none";
  const last = format?.at(-1);
  return last?.kind === "text" && /[\n\0]$/.test(last.text) ? "none" : "lines";
}

function fill(
  part: FormatPart,
  message: IncomingMessage,
  body: Uint8Array,
): Uint8Array {
  if (part.kind === "text") return encoder.encode(part.text);
  return part.field === "payload"
    ? body
    : encoder.encode(field(part.field, message));
}

function field(
  name: Exclude<FormatField, "payload">,
  { body, receivedAt, senderTag, seq }: IncomingMessage,
): string {
  switch (name) {
    case "time":
      return new Date(receivedAt).toISOString();
    case "number":
      return String(seq);
    case "size":
      return String(body.length);
    case "senderTag":
      return senderTag ? formatSenderTag(senderTag) : "";
    case "hex":
      return body.toHex();
    case "base64":
      return body.toBase64();
    default:
      return name satisfies never;
  }
}

function withoutControls(body: Uint8Array): Uint8Array {
  return encoder.encode(escapeControls(new TextDecoder().decode(body)));
}
