import { type Clock, sleep, systemClock } from "../async/clock.ts";
import { EXIT, UsageError } from "../errors.ts";
import { dirname } from "./paths.ts";
import { FILE_MODE } from "./private_file.ts";
import { ensurePrivateFolder } from "./secure_fs.ts";

const EXCLUSIVE = true;
const SHARED = false;

/** Somebody who only looks whether the lock is free holds it for a moment: it is asked for more than once. */
const ATTEMPTS = 5;
const PAUSE_MS = 20;

/** A lock that this process holds until it lets go or ends, however it ends. */
export interface HeldLock extends Disposable {
  /** The file that is locked. */
  readonly path: string;
  /** Let go. */
  release(): void;
}

/** Another process holds a lock. */
export class LockedError extends UsageError {
  override name = "LockedError";
  /** The file that is locked. */
  readonly path: string;

  /** `pid` is the process, if it is known. */
  constructor(
    path: string,
    { title, what = "it" }: AcquireLockOptions,
    pid: number | undefined,
  ) {
    const by = pid === undefined ? "another process" : `process ${pid}`;
    super(`Cannot open ${title}: ${by} holds ${what}`, {
      exitCode: EXIT.busy,
      hint: pid === undefined
        ? "Wait until it has ended"
        : `Wait until it has ended, or end it: kill ${pid}`,
    });
    this.path = path;
  }
}

/** Options of {@linkcode acquireLock}. */
export interface AcquireLockOptions {
  /** What is locked, as the error names it, such as `home alice`. */
  title: string;
  /** What the other process has, as the error says it. @default "it" */
  what?: string;
  /** Time, for the pauses between attempts. @default the system's */
  clock?: Clock;
  /** Stops waiting. */
  signal?: AbortSignal | undefined;
}

/**
 * Take a lock that one process can hold at a time. The file stays when the lock is gone: the system keeps the lock, the file
 * only says who has it.
 *
 * @throws {LockedError} If another process holds it, saying which; exit code 4.
 */
export async function acquireLock(
  path: string,
  options: AcquireLockOptions,
): Promise<HeldLock> {
  const { clock = systemClock, signal } = options;
  await ensurePrivateFolder(dirname(path));
  const file = await Deno.open(path, {
    create: true,
    read: true,
    write: true,
    mode: FILE_MODE,
  });
  try {
    for (let attempt = 1; !await file.tryLock(EXCLUSIVE); attempt++) {
      if (attempt === ATTEMPTS) {
        throw new LockedError(path, options, await readPid(path));
      }
      await sleep(clock, PAUSE_MS, signal);
    }
    await file.truncate();
    await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  } catch (error) {
    file.close();
    throw error;
  }
  return heldLock(path, file);
}

/** What became of a look at a lock. */
export type LockState =
  | { readonly kind: "free" }
  /** `pid` is missing where the holder has not written it yet or the system does not let us read it. */
  | { readonly kind: "held"; readonly pid: number | undefined };

/** Look whether a process holds a lock, without taking it. */
export async function lockState(path: string): Promise<LockState> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: "free" };
    throw error;
  }
  using _ = file;
  if (!await file.tryLock(SHARED)) {
    return { kind: "held", pid: await readPid(path) };
  }
  await file.unlock();
  return { kind: "free" };
}

function heldLock(path: string, file: Deno.FsFile): HeldLock {
  let open = true;
  function release(): void {
    if (!open) return;
    open = false;
    // A process that is being started at this moment has the file too, and with it the lock, unless that is let go by itself.
    file.unlockSync();
    file.close();
  }
  return { path, release, [Symbol.dispose]: release };
}

async function readPid(path: string): Promise<number | undefined> {
  try {
    const pid = Number(await Deno.readTextFile(path));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    // Some systems do not let others read a locked file: then nobody is named.
    return undefined;
  }
}
