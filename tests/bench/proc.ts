/** Clock ticks per second in /proc, the same on every Linux of today. */
const TICKS = 100;

/** What a process has used so far, as /proc of Linux tells it. */
export interface ProcessUse {
  /** Seconds of processor time. */
  readonly cpu: number;
  /** Resident memory in MiB. */
  readonly rss: number;
  /** When it was read, in milliseconds. */
  readonly at: number;
}

/** Read what a process has used so far. */
export async function processUse(pid: number): Promise<ProcessUse> {
  const fields = await statOf(pid);
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status)!;
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) / TICKS,
    rss: Number(kilobytes) / 1024,
    at: performance.now(),
  };
}

/** Seconds of processor time of all children of this process that have ended. */
export async function childrenUse(): Promise<number> {
  const fields = await statOf("self");
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

async function statOf(pid: number | "self"): Promise<readonly string[]> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name, which may hold blanks, stands in brackets before the rest.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
