import type { Clock } from "../async/clock.ts";
import { equal } from "../bytes/equal.ts";
import { homeOfFile } from "./locate.ts";
import { acquireLock, type HeldLock, LockedError } from "./lock.ts";
import { type HomePaths, join } from "./paths.ts";
import { exists, removeDrafts, whileThere } from "./private_file.ts";

/** What {@linkcode lockHome} goes by. */
export interface LockHomeOptions {
  /** The database of gateways that is used. */
  database: string;
  /** The home that this one is a copy of. */
  copyOf?: string | undefined;
  /** Time, for the pauses between attempts. */
  clock: Clock;
  /** Stops waiting. */
  signal: AbortSignal | undefined;
}

/**
 * Close a home to all others: its own lock, and the one beside its database if that lies elsewhere, so that no two homes use
 * one database at once. A home and its copy are one client as long as they have the same keys, and its gateway lets in one at
 * a time: the original is closed too, as far as this user may.
 *
 * @throws {LockedError} If another process holds one of them, saying which; exit code 4.
 */
export async function lockHome(
  paths: HomePaths,
  { database, copyOf, ...patience }: LockHomeOptions,
): Promise<DisposableStack> {
  const title = `home ${paths.id}`;
  using locks = new DisposableStack();
  const take = async (path: string, what: string): Promise<HeldLock> =>
    locks.use(await acquireLock(path, { title, what, ...patience }));
  await take(paths.lock, "it");
  for (const folder of [paths.configDir, paths.dataDir]) {
    await whileThere(() => removeDrafts(folder));
  }
  if (!await exists(database)) return locks.move();
  const real = await Deno.realPath(database);
  const owner = await homeOfFile(real);
  if (owner === undefined) {
    await take(`${real}.lock`, `its database, ${database}`);
  } else if (owner !== await Deno.realPath(paths.home)) {
    await take(lockOf(owner), `${owner}, whose database it uses`);
  } else if (copyOf !== undefined && await isSameClient(paths, copyOf)) {
    await take(lockOf(copyOf), `${copyOf}, of which it is a copy`).catch(
      (error) => {
        // Nobody holds a backup that this user can only read.
        if (error instanceof LockedError) throw error;
      },
    );
  }
  return locks.move();
}

function lockOf(home: string): string {
  return join(home, "nymwire", "lock");
}

async function isSameClient(
  { home, storage: { keys } }: HomePaths,
  other: string,
): Promise<boolean> {
  const name = keys.publicIdentity.slice(home.length);
  const [a, b] = await Promise.all(
    [home, other].map((home) => whileThere(() => Deno.readFile(home + name))),
  );
  return a !== undefined && b !== undefined && equal(a, b);
}
