import { DecodeError, EXIT, UsageError } from "../../errors.ts";
import type { IncomingMessage } from "../../mailbox/mailbox.ts";
import { parseSenderTag } from "../../message/sender_tag.ts";
import { cutRecords } from "../body/chunks.ts";
import { readNdjsonLine } from "../body/ndjson.ts";
import { fileChunks } from "../body/read.ts";

/**
 * Messages recorded with `listen --json`, in the order of the file.
 *
 * @throws {UsageError} If the file cannot be read, or a line of it is no object.
 */
export async function* replayMessages(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<IncomingMessage, void, undefined> {
  let number = 0;
  let seq = 0;
  for await (const line of cutRecords(fileChunks(path, signal), 0x0a, path)) {
    number++;
    if (line.length === 0) continue;
    const record = readRecorded(line, number, path);
    if (!record) continue;
    seq++;
    yield replayed(
      JSON.parse(new TextDecoder().decode(line)),
      record.body,
      seq,
    );
  }
}

/** What `send` says of such a line is about writing it; this one was to be recorded. */
function readRecorded(
  line: Uint8Array<ArrayBuffer>,
  number: number,
  path: string,
): ReturnType<typeof readNdjsonLine> {
  try {
    return readNdjsonLine(line, number);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    const fault = cause.message.replace("the input", () => path);
    throw new UsageError(fault, {
      cause,
      exitCode: cause.exitCode,
      hint: "Name a file that nymwire listen --json has written",
    });
  }
}

function replayed(
  fields: Record<string, unknown>,
  body: IncomingMessage["body"],
  seq: number,
): IncomingMessage {
  const { id, senderTag, stored, redelivered, time } = fields;
  const at = typeof time === "string" ? Date.parse(time) : NaN;
  return {
    id: typeof id === "string" ? id : `replay-${seq}`,
    seq: typeof fields["seq"] === "number" ? fields["seq"] : seq,
    body,
    senderTag: typeof senderTag === "string" ? tagOf(senderTag) : undefined,
    receivedAt: Number.isNaN(at) ? 0 : at,
    stored: stored === true,
    redelivered: redelivered === true,
    taken: () => Promise.resolve(),
  };
}

function tagOf(text: string): IncomingMessage["senderTag"] {
  try {
    return parseSenderTag(text);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new UsageError(cause.message, { cause, exitCode: EXIT.usage });
  }
}
