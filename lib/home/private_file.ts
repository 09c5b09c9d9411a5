import { UsageError } from "../errors.ts";
import { basename, dirname, join } from "./paths.ts";

/** What our files may do: the owner reads and writes, nobody else anything. */
export const FILE_MODE = 0o600;

/** The name of a file that is being written. */
const DRAFT = /^\..+\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Options of {@linkcode writePrivateFile}. */
export interface WritePrivateFileOptions {
  /** Whether a file that exists is replaced; otherwise it is an error. @default true */
  replace?: boolean;
  /** Whether it must outlive a loss of power. @default true */
  durable?: boolean;
}

/**
 * Write a file that only its owner may read, whole or not at all: it is written beside its place, brought to disk and moved.
 *
 * @throws {UsageError} If it exists and is not to be replaced.
 */
export async function writePrivateFile(
  path: string,
  content: Uint8Array | string,
  options: WritePrivateFileOptions = {},
): Promise<void> {
  const { replace = true, durable = true } = options;
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  const folder = dirname(path);
  const draft = join(folder, `.${basename(path)}.${crypto.randomUUID()}.tmp`);
  try {
    await write(draft, bytes, { durable });
    if (replace) await Deno.rename(draft, path);
    else await moveToFreePlace(draft, path);
  } catch (error) {
    await removeIfThere(draft);
    throw error;
  }
  if (durable) await syncFolder(folder);
}

/**
 * Reserve a file that only its owner may read, for a library that would create it open to all. One that exists stays as it
 * is.
 *
 * @returns Whether it is new.
 */
export async function reservePrivateFile(path: string): Promise<boolean> {
  try {
    using _file = await Deno.open(path, {
      write: true,
      createNew: true,
      mode: FILE_MODE,
    });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** Remove what a kill has left in a folder of files half written; nobody else may write there meanwhile. */
export async function removeDrafts(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (DRAFT.test(name)) await removeIfThere(join(folder, name));
  }
}

/** Bring the entries of a folder to disk, where the system can. */
export async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}

/** Delete a file; that it is gone already is fine. */
export async function removeIfThere(path: string): Promise<void> {
  await whileThere(() => Deno.remove(path));
}

/** Whether something is there under a path, links followed. */
export async function exists(path: string): Promise<boolean> {
  try {
    return await whileThere(() => Deno.stat(path)) !== undefined;
  } catch (error) {
    const { FilesystemLoop, NotADirectory } = Deno.errors;
    if (error instanceof FilesystemLoop) return false;
    if (error instanceof NotADirectory) return false;
    throw error;
  }
}

/** Read a file as text; a pipe or device in its place, which may never end, is an error. */
export async function readRegularFile(path: string): Promise<string> {
  const { isFile, isDirectory } = await Deno.stat(path);
  if (!isFile && !isDirectory) throw new Error("it is no regular file");
  return await Deno.readTextFile(path);
}

/** What `read` returns, or nothing if what it asks for is not there. */
export async function whileThere<T>(
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function write(
  path: string,
  bytes: Uint8Array,
  { durable }: { durable: boolean },
): Promise<void> {
  using file = await Deno.open(path, {
    write: true,
    createNew: true,
    mode: FILE_MODE,
  });
  for (let rest = bytes; rest.length > 0;) {
    rest = rest.subarray(await file.write(rest));
  }
  if (durable) await file.sync();
}

/** A hard link never replaces; file systems without links get the place reserved before the move. */
async function moveToFreePlace(draft: string, path: string): Promise<void> {
  try {
    await Deno.link(draft, path);
    await Deno.remove(draft);
    return;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw occupied(path);
  }
  if (!await reservePrivateFile(path)) throw occupied(path);
  await Deno.rename(draft, path);
}

function occupied(path: string): UsageError {
  return new UsageError(`Cannot write ${path}: it exists`, {
    hint: "Move it away first; it is never overwritten",
  });
}
