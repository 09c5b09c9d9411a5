import { UsageError } from "../errors.ts";
import { join } from "./paths.ts";
import { FILE_MODE, whileThere } from "./private_file.ts";

/** What our folders may do: the owner enters, lists and changes them. */
const FOLDER_MODE = 0o700;

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/** Something of ours that others could read, and that was closed to them. */
export interface Tightened {
  /** The file or folder. */
  readonly path: string;
  /** Its permission bits before. */
  readonly from: number;
  /** Its permission bits now. */
  readonly to: number;
}

/** Who runs this process; none where the system has no numbers for users. */
export interface Owner {
  /** The user's number. */
  readonly uid: number;
  /** The number of the user's first group. */
  readonly gid: number;
}

/** The user of this process. */
export function currentOwner(): Owner | undefined {
  const uid = Deno.uid();
  const gid = Deno.gid();
  return uid === null || gid === null ? undefined : { uid, gid };
}

/**
 * Make a folder that only its owner may enter, with the folders above it; one that exists is closed to others.
 *
 * @returns What was open to others before, if it was.
 * @throws {UsageError} If another user owns it or may write it.
 */
export async function ensurePrivateFolder(
  path: string,
): Promise<Tightened | undefined> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: FOLDER_MODE });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
    throw new UsageError(`Cannot make folder ${path}: there is a file`, {
      cause,
      hint: "Move the file away",
    });
  }
  return await tighten(path, await Deno.stat(path));
}

/**
 * Close a home to others: its folders and every file in them, links aside. The official client leaves some of its files
 * readable to all.
 *
 * @returns What was open before.
 * @throws {UsageError} If another user owns any of it or may write one of its folders.
 */
export async function tightenTree(folder: string): Promise<Tightened[]> {
  const found: Tightened[] = [];
  const own = await tighten(folder, await Deno.stat(folder));
  if (own !== undefined) found.push(own);
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) found.push(...await tightenTree(path));
    if (!entry.isFile) continue;
    const info = await whileThere(() => Deno.lstat(path));
    const file = info && await whileThere(() => tighten(path, info));
    if (file !== undefined) found.push(file);
  }
  return found;
}

/**
 * Refuse a folder in which another user could exchange ours for one of his own. A sticky folder, such as `/tmp`, keeps
 * others from that.
 *
 * @throws {UsageError} If it is such a folder.
 */
export async function assertSafeParent(path: string): Promise<void> {
  const info = await Deno.stat(path);
  const mode = info.mode ?? 0;
  if ((mode & STICKY) === 0) assertNotWritable(path, info, currentOwner());
}

async function tighten(
  path: string,
  info: Deno.FileInfo,
): Promise<Tightened | undefined> {
  const owner = currentOwner();
  if (owner === undefined || info.mode === null) return undefined;
  if (info.uid !== owner.uid) {
    throw new UsageError(
      `Cannot trust ${path}: it belongs to user ${info.uid}, this is user ${owner.uid}`,
      { hint: `Run as that user, or take it over: chown -R $USER ${path}` },
    );
  }
  if (info.isDirectory) assertNotWritable(path, info, owner);
  const from = info.mode & 0o7777;
  const to = from & (info.isDirectory ? FOLDER_MODE : FILE_MODE);
  if (from === to) return undefined;
  await Deno.chmod(path, to);
  return { path, from, to };
}

/** A group of one user's own, which many systems give everyone, has the user's number. */
function assertNotWritable(
  path: string,
  { mode, gid }: Deno.FileInfo,
  owner: Owner | undefined,
): void {
  if (owner === undefined || mode === null) return;
  const ownGroup = gid === owner.gid && owner.gid === owner.uid;
  const open = OTHERS_WRITE | (ownGroup ? 0 : GROUP_WRITES);
  if ((mode & open) === 0) return;
  throw new UsageError(
    `Cannot trust ${path}: other users may write it (mode ${
      (mode & 0o7777).toString(8)
    })`,
    { hint: `Check what is in it, then: chmod 700 ${path}` },
  );
}
