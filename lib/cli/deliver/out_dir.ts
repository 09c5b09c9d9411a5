import type { IncomingMessage } from "../../mailbox/mailbox.ts";
import { UsageError } from "../../errors.ts";
import { fileFault } from "../file_fault.ts";
import { writePrivateFile } from "../../home/private_file.ts";

/** How many names are tried for one message. */
const MAX_TRIES = 100;

/**
 * Write a message to a new file of its own, whole or not at all: `<time>-<id>`, with a number where that name is taken. One that
 * comes again and is there already is not written twice.
 *
 * @returns The path.
 * @throws {UsageError} If the folder cannot be written.
 */
export async function writeMessageFile(
  folder: string,
  message: IncomingMessage,
): Promise<string> {
  const stem = `${folder}/${fileName(message)}`;
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const path = attempt === 1 ? stem : `${stem}-${attempt}`;
    try {
      await writePrivateFile(path, message.body, { replace: false });
      return path;
    } catch (error) {
      if (!(error instanceof UsageError)) throw unwritable(folder, error);
      // Written before, by a process that was killed before it could say so.
      if (message.redelivered && await holds(path, message.body)) return path;
    }
  }
  throw new UsageError(`Cannot write a message to ${stem}: the name is taken`, {
    hint: "Choose an empty folder with --out-dir",
  });
}

/** Make the folder if it is missing. */
export async function ensureFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    // A folder that exists is no fault: what exists is something else. One that is missing should have been made.
    const fault = cause instanceof Deno.errors.AlreadyExists
      ? "it is no folder"
      : cause instanceof Deno.errors.NotFound
      ? "no folder can be made there"
      : undefined;
    throw unwritable(folder, cause, fault);
  }
}

async function holds(path: string, body: Uint8Array): Promise<boolean> {
  const { size } = await Deno.stat(path);
  if (size !== body.length) return false;
  const there = await Deno.readFile(path);
  return there.every((byte, index) => byte === body[index]);
}

function fileName({ id, receivedAt }: IncomingMessage): string {
  const time = new Date(receivedAt).toISOString().replaceAll(":", "-");
  // Ids are ours, but a file name must not depend on that.
  return `${time}-${id.replaceAll(/[^\w-]/g, "_").slice(0, 100)}`;
}

function unwritable(
  folder: string,
  cause: unknown,
  fault: string = fileFault(cause),
): UsageError {
  return new UsageError(
    `Cannot write messages to ${folder}: ${fault}`,
    { cause, hint: "Choose a folder that you may write with --out-dir" },
  );
}
