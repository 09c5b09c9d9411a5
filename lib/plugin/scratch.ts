import { acquireLock, lockState } from "../home/lock.ts";
import { dirname, join } from "../home/paths.ts";
import { whileThere } from "../home/private_file.ts";

/** What the names of these folders begin with. */
const PREFIX = "nymwire-plugins-";

/** Tells which process a folder is of, for as long as it lives. */
const LOCK = "lock";

/** A folder for the runtime of plugins, which keeps in it what it has translated. */
export interface Scratch {
  readonly path: string;
  /** Remove it. */
  remove(): Promise<void>;
}

/** Make such a folder, and remove those that processes of this user have left behind that were killed. */
export async function makeScratch(): Promise<Scratch> {
  const path = await Deno.makeTempDir({ prefix: PREFIX });
  // `caches` of the web, which the runtime grants to everyone, would lie here: a file keeps plugins from storing anything there.
  await Deno.writeFile(join(path, "location_data"), new Uint8Array());
  const lock = await acquireLock(join(path, LOCK), { title: path });
  await removeOrphans(dirname(path));
  return {
    path,
    async remove() {
      lock.release();
      // Another process may be faster, now that the lock is free.
      await whileThere(() => Deno.remove(path, { recursive: true }));
    },
  };
}

async function removeOrphans(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory || !name.startsWith(PREFIX)) continue;
    const path = join(folder, name);
    try {
      if (await isOrphan(path)) await Deno.remove(path, { recursive: true });
    } catch {
      // It is in nobody's way: another process removes it at this moment, or the next one may.
    }
  }
}

/** A lock that has been taken has a number in it: one without is of a process that is about to take it. */
async function isOrphan(path: string): Promise<boolean> {
  const { uid } = await Deno.lstat(path);
  if (uid !== Deno.uid()) return false;
  const lock = join(path, LOCK);
  const isTaken = (await Deno.readTextFile(lock)) !== "";
  return isTaken && (await lockState(lock)).kind === "free";
}
