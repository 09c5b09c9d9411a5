import type { StoragePaths } from "./paths.ts";

/** A process that is not ours and uses a home. */
export interface ForeignHolder {
  /** The process. */
  readonly pid: number;
  /** Its name. */
  readonly name: string;
}

const PROCESSES = "/proc";

/**
 * Look for another process that has one of a home's databases open: the official client, which knows nothing of our lock.
 * Only Linux can tell, and only of processes whose files this user may see. Processes of our own program do not count: they
 * keep to the lock, and may look into a database for a moment.
 *
 * @param except Processes that do not count, such as the one that holds our lock.
 */
export async function findForeignHolder(
  storage: StoragePaths,
  except: readonly (number | undefined)[] = [],
): Promise<ForeignHolder | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const files = await realPaths([
    storage.gatewayRegistrations,
    storage.replySurbDatabase,
    storage.credentialsDatabase,
  ]);
  if (files.size === 0) return undefined;
  for await (const { name } of Deno.readDir(PROCESSES)) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    if (pid === Deno.pid || except.includes(pid)) continue;
    if (await hasOpen(pid, files)) return { pid, name: await nameOf(pid) };
  }
  return undefined;
}

async function realPaths(paths: readonly string[]): Promise<Set<string>> {
  const found = await Promise.all(
    paths.map((path) => unlessRefused(() => Deno.realPath(path))),
  );
  return new Set(found.filter((path) => path !== undefined));
}

async function hasOpen(pid: number, files: Set<string>): Promise<boolean> {
  const program = await unlessRefused(() =>
    Deno.readLink(`${PROCESSES}/${pid}/exe`)
  );
  if (program === Deno.execPath()) return false;
  const folder = `${PROCESSES}/${pid}/fd`;
  const found = await unlessRefused(async () => {
    for await (const { name } of Deno.readDir(folder)) {
      const target = await unlessRefused(() =>
        Deno.readLink(`${folder}/${name}`)
      );
      if (target !== undefined && files.has(target)) return true;
    }
    return false;
  });
  return found ?? false;
}

async function nameOf(pid: number): Promise<string> {
  const name = await unlessRefused(() =>
    Deno.readTextFile(`${PROCESSES}/${pid}/comm`)
  );
  return name?.trim() || "unknown";
}

/** Processes end while they are looked at, and others' are not shown: both mean that there is nothing to see. */
async function unlessRefused<T>(
  look: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await look();
  } catch {
    return undefined;
  }
}
