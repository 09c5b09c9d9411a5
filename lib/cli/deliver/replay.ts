import { DecodeError, EXIT, NymError, UsageError } from "../../errors.ts";
import type { IncomingMessage } from "../../mailbox/mailbox.ts";
import { parseSenderTag } from "../../message/sender_tag.ts";
import { cutRecords } from "../body/chunks.ts";
import { readNdjsonLine } from "../body/ndjson.ts";
import { fileChunks } from "../body/read.ts";
import { plural } from "../plural.ts";
import type { Source } from "../stdio.ts";

/**
 * Messages recorded with `listen --json`, in the order of the file; `-` is standard input.
 *
 * @throws {UsageError} If the file cannot be read, or a line of it is no object.
 * @throws {NymError} With exit code 10 if that is so after some messages.
 */
export async function* replayMessages(
  path: string,
  signal: AbortSignal,
  stdin: Source,
): AsyncGenerator<IncomingMessage, void, undefined> {
  const [title, chunks] = path === "-"
    ? ["standard input", stdin.chunks(signal)] as const
    : [path, fileChunks(path, signal)] as const;
  let number = 0;
  let seq = 0;
  try {
    for await (const line of cutRecords(chunks, 0x0a, title)) {
      number++;
      if (line.length === 0) continue;
      const record = readRecorded(line, number, title);
      if (!record) continue;
      seq++;
      const text = new TextDecoder().decode(line);
      yield replayed(JSON.parse(text), record.body, seq);
    }
  } catch (error) {
    throw seq > 0 && error instanceof UsageError ? partly(error, seq) : error;
  }
}

/** What came before a broken line was taken all the same. */
function partly(cause: UsageError, count: number): NymError {
  const { message, hint } = cause;
  const why = `${message.slice(0, 1).toLowerCase()}${message.slice(1)}`;
  return new NymError(
    `Read ${plural(count, "message")}, and no more: ${why}`,
    { cause, hint, exitCode: EXIT.partial },
  );
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
