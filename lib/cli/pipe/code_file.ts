import { UsageError } from "../../errors.ts";
import type { Bytes } from "../../bytes/brand.ts";
import { systemRandom } from "../../crypto/random.ts";
import { fileFault } from "../file_fault.ts";
import { writePrivateFile } from "../../home/private_file.ts";

/** Bytes of chance in a code that is made here. */
const CODE_SIZE = 32;

/** The shortest code, in bytes: shorter ones can be guessed from what a listener at a wrong address is shown. */
const MIN_SIZE = 16;

/** The longest code, in bytes. */
const MAX_SIZE = 4096;

/** A code, and what is to be said about it. */
export interface CodeFile {
  readonly code: Bytes;
  /** Whether it was made just now. */
  readonly isNew: boolean;
  /** Whether others on this machine can read it. */
  readonly isOpen: boolean;
}

/**
 * Read the code that both sides of a pipe know; line ends around it do not count.
 *
 * @throws {UsageError} If it cannot be read, or is too short or too long.
 */
export async function readCode(path: string): Promise<CodeFile> {
  const { bytes, mode } = await read(path);
  const code = trimLineEnds(bytes);
  if (code.length < MIN_SIZE || code.length > MAX_SIZE) {
    throw new UsageError(
      `Cannot use the code in ${path}: need ${MIN_SIZE} to ${MAX_SIZE} bytes, have ${code.length}`,
      {
        hint:
          "Let `nymwire pipe --listen --code-file` make a new file, and copy it to the other side",
      },
    );
  }
  return { code, isNew: false, isOpen: ((mode ?? 0) & 0o077) !== 0 };
}

/**
 * Read the code, or make a file of 256 random bits that only its owner may read.
 *
 * @throws {UsageError} If it cannot be read or written.
 */
export async function readOrMakeCode(path: string): Promise<CodeFile> {
  if (await isThere(path)) return await readCode(path);
  const text = systemRandom(CODE_SIZE)
    .toBase64({ alphabet: "base64url", omitPadding: true });
  try {
    await writePrivateFile(path, `${text}\n`, { replace: false });
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(
      `Cannot write the code to ${path}: ${fileFault(cause)}`,
      { cause, hint: "Choose a place that you may write for --code-file" },
    );
  }
  return { ...await readCode(path), isNew: true };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw unreadable(path, error);
  }
}

async function read(
  path: string,
): Promise<{ bytes: Bytes; mode: number | null }> {
  try {
    using file = await Deno.open(path);
    const { mode, isDirectory } = await file.stat();
    if (isDirectory) throw new Error("it is a folder");
    // One byte more than may be: a file that is too long is not read to its end.
    const buffer = new Uint8Array(MAX_SIZE + 3);
    let length = 0;
    for (let read: number | null = 0; read !== null;) {
      length += read;
      read = await file.read(buffer.subarray(length));
      if (length === buffer.length) break;
    }
    return { bytes: buffer.slice(0, length), mode };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function trimLineEnds(bytes: Bytes): Bytes {
  const isLineEnd = (byte: number | undefined) => byte === 10 || byte === 13;
  let end = bytes.length;
  while (isLineEnd(bytes[end - 1])) end--;
  return bytes.slice(0, end);
}

function unreadable(path: string, cause: unknown): UsageError {
  return new UsageError(
    `Cannot read the code in ${path}: ${fileFault(cause)}`,
    {
      cause,
      hint:
        "Copy the file that the listener made, over a way that you trust, and make it readable",
    },
  );
}
