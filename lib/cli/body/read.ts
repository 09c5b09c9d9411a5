import { UsageError } from "../../errors.ts";
import type { CommandContext } from "../context.ts";
import { fileFault } from "../file_fault.ts";
import { cutRecords, joinChunks } from "./chunks.ts";
import { MAX_MESSAGE_SIZE, tooLarge } from "./limit.ts";
import { readNdjsonLine } from "./ndjson.ts";
import type { BodyRecord } from "./record.ts";

/** Where the words of a command line say that the body comes from. */
export interface BodySource {
  /** The words; a single `-` stands for stdin. */
  readonly text: readonly string[];
  /** Files; `-` stands for stdin. */
  readonly file?: readonly string[] | undefined;
  /** How it is cut into messages. @default "whole" */
  readonly split?: "whole" | "lines" | "nul" | "ndjson" | undefined;
  /** Whether empty messages are sent too. */
  readonly allowEmpty?: true | undefined;
}

/** A stretch of bytes with its name. */
interface Input {
  readonly title: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Read the messages that a command is to send, one after the other. stdin is touched only if no body was given, or `-`.
 *
 * @throws {UsageError} If a message is empty and must not be, is too large (exit code 8), or a file cannot be read.
 */
export async function* readBodies(
  source: BodySource,
  context: Pick<CommandContext, "stdin" | "signal" | "output">,
): AsyncGenerator<BodyRecord, void, undefined> {
  const { split = "whole", allowEmpty = false } = source;
  for await (const input of inputs(source, context)) {
    for await (const record of cut(input, split)) {
      if (record.body.length > 0 || allowEmpty) yield record;
      else if (split === "whole") throw empty(input.title);
    }
  }
}

async function* inputs(
  source: BodySource,
  context: Pick<CommandContext, "stdin" | "signal" | "output">,
): AsyncGenerator<Input, void, undefined> {
  const { text, file } = source;
  if (file !== undefined) {
    // What is wrong with one is not found out when others are sent.
    for (const path of file) if (path !== "-") await checkFile(path, source);
    for (const path of file) {
      if (path === "-") yield await stdinOf(context);
      else yield { title: path, chunks: fileChunks(path, context.signal) };
    }
  } else if (text.length === 0 || (text.length === 1 && text[0] === "-")) {
    yield await stdinOf(context);
  } else {
    yield {
      title: "the message",
      chunks: once(new TextEncoder().encode(text.join(" "))),
    };
  }
}

async function* cut(
  { title, chunks }: Input,
  split: NonNullable<BodySource["split"]>,
): AsyncGenerator<BodyRecord, void, undefined> {
  switch (split) {
    case "whole":
      yield { body: await joinChunks(chunks, title) };
      return;
    case "lines":
    case "nul":
      for await (
        const body of cutRecords(chunks, split === "nul" ? 0 : 0x0a, title)
      ) yield { body };
      return;
    case "ndjson": {
      let number = 0;
      for await (const line of cutRecords(chunks, 0x0a, title)) {
        number++;
        if (isBlank(line)) continue;
        const record = readNdjsonLine(line, number);
        if (record) yield record;
      }
      return;
    }
    default:
      split satisfies never;
  }
}

async function stdinOf(
  { stdin, signal, output }: Pick<
    CommandContext,
    "stdin" | "signal" | "output"
  >,
): Promise<Input> {
  if (stdin.isTerminal) await output.say("Type the message; Ctrl-D ends it.");
  return { title: "standard input", chunks: stdin.chunks(signal) };
}

/**
 * Look whether a file can be read and sent. A pipe is left alone: opening it for nothing would end whoever writes to it.
 *
 * @throws {UsageError} If it cannot.
 */
async function checkFile(
  path: string,
  { split = "whole", allowEmpty }: BodySource,
): Promise<void> {
  let isEmpty = false;
  let size = 0;
  try {
    const info = await Deno.stat(path);
    if (info.isDirectory) throw new Deno.errors.IsADirectory();
    if (!info.isFile) return;
    size = info.size;
    using file = await Deno.open(path);
    // Some files say that they have no size, and have one.
    isEmpty = await file.read(new Uint8Array(1)) === null;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (split !== "whole") return;
  if (isEmpty && !allowEmpty) throw empty(path);
  if (size > MAX_MESSAGE_SIZE) throw tooLarge(path);
}

/**
 * The bytes of a file.
 *
 * @throws {UsageError} If it cannot be read.
 */
export async function* fileChunks(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    for await (const chunk of file.readable) {
      signal.throwIfAborted();
      yield chunk;
    }
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw unreadable(path, cause);
  }
}

async function* once(
  bytes: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

function unreadable(path: string, cause: unknown): UsageError {
  return new UsageError(`Cannot read ${path}: ${fileFault(cause)}`, {
    cause,
    hint: "Check that the file is there and that you may read it",
  });
}

function empty(title: string): UsageError {
  return new UsageError(`Cannot send ${title}: it is empty`, {
    hint: "Give a text, a file or stdin; --allow-empty sends it all the same",
    mayArrive: false,
  });
}
