import {
  applyUpgrade,
  rollbackUpgrade,
} from "../../lib/home/upgrade/upgrade.ts";
import { openState } from "../../lib/home/state/open_state.ts";
import { blockOf, fragmentOf, messageOf, tagOf } from "./state/support.ts";
import { count } from "./support.ts";
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

  /** Bring a home up to date and back again until killed. */
  async swing(base) {
    const paths = homePaths(base!, "alice");
    await ready();
    for (;;) {
      const { backup } = await applyUpgrade(paths);
      say(backup === undefined ? "same" : "new");
      await rollbackUpgrade(paths);
      say("old");
    }
  },

  /** Have a file open until killed. */
  async open(path) {
    using _file = await Deno.open(path!, { read: true });
    await ready();
    await forEver();
  },

  /** Receive, hand out and answer as fast as it goes, and say each thing right before or right after it is done. */
  async exchange(path) {
    using state = await openState(path!, { now: 0 });
    const { inbox, surbs, replyKeys } = state.stores;
    await ready();
    for (let n = Math.max(0, ...inbox.finishedSets()) + 1;; n++) {
      inbox.keep(n, fragmentOf(n, 1), n);
      inbox.keep(n, fragmentOf(n, 2), n);
      say(`kept ${n}`);
      inbox.add({ ...messageOf(n), id: `${n}` }, [n]);
      say(`added ${n}`);
      replyKeys.add([{ digest: digestOf(n), key: count(n, 16), createdAt: n }]);
      say(`given ${n}`);
      const [block] = surbs.add(tagOf(n), [blockOf(n)], n);
      if (block !== undefined && n % 2 === 0) {
        surbs.remove([block.id]);
        say(`used ${n}`);
      }
      const isOut = true;
      inbox.delivered(`${n}`, isOut);
      if (n % 3 !== 0) {
        say(`taking ${n}`);
        inbox.taken(`${n}`);
        say(`taken ${n}`);
      }
    }
  },
};

/** A line that the reader has even if this process is killed right after: no buffer of ours holds it back. */
function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function digestOf(n: number): Uint8Array<ArrayBuffer> {
  const digest = new Uint8Array(32);
  new DataView(digest.buffer).setUint32(0, n);
  return digest;
}

async function ready(): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode("ready\n"));
}

function forEver(): Promise<never> {
  return new Promise(() => setInterval(() => {}, 60_000));
}

const [job, ...args] = Deno.args;
await JOBS[job!]!(...args);
