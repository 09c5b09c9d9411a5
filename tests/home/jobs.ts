import { acquireLock } from "../../lib/home/lock.ts";
import { homePaths } from "../../lib/home/paths.ts";
import { writeRunFile } from "../../lib/home/run_file.ts";

/** What a process of {@linkcode otherProcess} can be told to do. */
const JOBS: Record<string, (...args: string[]) => Promise<void>> = {
  /** Hold the home of alice, and say so in its run file, until killed. */
  async hold(base) {
    const paths = homePaths(base!, "alice");
    using _held = await acquireLock(paths.lock, { title: "home alice" });
    await writeRunFile(paths, {
      pid: Deno.pid,
      startedAt: "2026-05-16T06:27:52Z",
      url: null,
      address: "a.b@c",
      channel: null,
    });
    await ready();
    await forEver();
  },

  /** Have a file open until killed. */
  async open(path) {
    using _file = await Deno.open(path!, { read: true });
    await ready();
    await forEver();
  },
};

async function ready(): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode("ready\n"));
}

function forEver(): Promise<never> {
  return new Promise(() => setInterval(() => {}, 60_000));
}

const [job, ...args] = Deno.args;
await JOBS[job!]!(...args);
