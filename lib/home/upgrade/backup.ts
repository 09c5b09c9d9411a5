import { DecodeError } from "../../errors.ts";
import { JsonReader } from "../../wire/json_reader.ts";
import { basename, type HomePaths, isAbsolute, join } from "../paths.ts";
import {
  exists,
  removeIfThere,
  syncFolder,
  whileThere,
  writePrivateFile,
} from "../private_file.ts";
import { ensurePrivateFolder } from "../secure_fs.ts";

const VERSION = 1;
const MANIFEST = "manifest.json";
const UNDONE = "undone";

/** What SQLite keeps beside a database; a file that is put back has none. */
const COMPANIONS = ["-wal", "-shm"];

/** A file of a home as it was. */
export interface SavedFile {
  /** Where it was: below the home, or absolute. */
  readonly path: string;
  /** Whether it was there. */
  readonly existed: boolean;
}

/** A copy of what an upgrade changes. */
export interface Backup {
  /** Where it is. */
  readonly folder: string;
  /** The layout that the home had. */
  readonly from: string;
  /** When it was made, RFC 3339. */
  readonly createdAt: string;
  /** What it holds. */
  readonly files: readonly SavedFile[];
}

/** What {@linkcode makeBackup} keeps. */
export interface MakeBackupInput {
  /** The layout that the home has. */
  from: string;
  /** Files that will change; those that are missing are noted as missing. */
  files: readonly string[];
  /** Milliseconds since 1970. */
  now: number;
}

/** Keep copies of files of a home. It counts as a backup once it is whole and on disk. */
export async function makeBackup(
  paths: HomePaths,
  { from, files, now }: MakeBackupInput,
): Promise<Backup> {
  const createdAt = new Date(now).toISOString();
  const folder = await freeFolder(
    join(paths.backups, `${createdAt.replaceAll(/[-:.]/g, "")}-from-${from}`),
  );
  await ensurePrivateFolder(folder);
  const saved: SavedFile[] = [];
  for (const path of files) {
    const bytes = await whileThere(() => Deno.readFile(path));
    const place = relative(paths, path);
    saved.push({ path: place, existed: bytes !== undefined });
    if (bytes !== undefined) {
      await writePrivateFile(join(folder, basename(path)), bytes);
    }
  }
  const json = { v: VERSION, from, createdAt, files: saved };
  await writePrivateFile(
    join(folder, MANIFEST),
    `${JSON.stringify(json, null, 2)}\n`,
  );
  await syncFolder(paths.backups);
  return { folder, from, createdAt, files: saved };
}

/** The newest backup that was not put back yet. */
export async function latestBackup(
  paths: HomePaths,
): Promise<Backup | undefined> {
  const names = await whileThere(async () =>
    (await Array.fromAsync(Deno.readDir(paths.backups)))
      .map(({ name }) => name).sort().reverse()
  );
  for (const name of names ?? []) {
    const folder = join(paths.backups, name);
    const backup = await readManifest(folder);
    if (backup !== undefined) return backup;
  }
  return undefined;
}

/** Put files back as they were. What they are now is kept in the backup's folder, under `undone`. */
export async function restoreBackup(
  paths: HomePaths,
  backup: Backup,
): Promise<void> {
  const undone = join(backup.folder, UNDONE);
  await ensurePrivateFolder(undone);
  for (const { path, existed } of backup.files) {
    const place = absolute(paths, path);
    const aside = join(undone, basename(path));
    const now = await whileThere(() => Deno.readFile(place));
    // A second attempt must not take what the first one has put back for what was there.
    if (now !== undefined && !await exists(aside)) {
      await writePrivateFile(aside, now);
    }
    for (const companion of COMPANIONS) await removeIfThere(place + companion);
    if (existed) {
      const copy = await Deno.readFile(join(backup.folder, basename(path)));
      await writePrivateFile(place, copy);
    } else await removeIfThere(place);
  }
  await Deno.rename(
    join(backup.folder, MANIFEST),
    join(undone, MANIFEST),
  );
}

async function readManifest(folder: string): Promise<Backup | undefined> {
  const text = await whileThere(() =>
    Deno.readTextFile(join(folder, MANIFEST))
  );
  if (text === undefined) return undefined;
  try {
    const json = JsonReader.parse(text, { title: folder, maxLength: 100_000 });
    json.field("v").integer(VERSION, VERSION);
    return {
      folder,
      from: json.field("from").string(100),
      createdAt: json.field("createdAt").string(64),
      files: json.field("files").array(100).map((file) => ({
        path: file.field("path").string(4096),
        existed: file.field("existed").boolean(),
      })),
    };
  } catch (error) {
    // Half a backup is none.
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function relative({ home }: HomePaths, path: string): string {
  return path.startsWith(`${home}/`) ? path.slice(home.length + 1) : path;
}

function absolute({ home }: HomePaths, path: string): string {
  return isAbsolute(path) ? path : join(home, path);
}

async function freeFolder(name: string): Promise<string> {
  for (let n = 1;; n++) {
    const folder = n === 1 ? name : `${name}.${n}`;
    if (!await exists(folder)) return folder;
  }
}
