import { type Clock, sleep, systemClock } from "../async/clock.ts";

/** How long a process may take to end when it is asked to, in milliseconds. */
const PATIENCE_MS = 3000;

/** How often is looked whether it has ended, in milliseconds. */
const STEP_MS = 25;

/**
 * End every process that carries all of `marks` in its environment: what a command has left running in the background.
 * Works where `/proc` shows environments (Linux); elsewhere nothing is found.
 */
export async function endLeftovers(
  marks: Readonly<Record<string, string>>,
  clock: Clock = systemClock,
): Promise<void> {
  const deadline = clock.now() + PATIENCE_MS;
  for (const pid of await findMarked(marks)) send(pid, "SIGTERM");
  while ((await findMarked(marks)).length > 0 && clock.now() < deadline) {
    await sleep(clock, STEP_MS);
  }
  for (const pid of await findMarked(marks)) send(pid, "SIGKILL");
}

async function findMarked(
  marks: Readonly<Record<string, string>>,
): Promise<number[]> {
  const words = Object.entries(marks).map(([name, value]) =>
    `${name}=${value}`
  );
  const found: number[] = [];
  for (const pid of await listProcesses()) {
    const environment = await readEnvironment(pid);
    if (pid !== Deno.pid && words.every((word) => environment.includes(word))) {
      found.push(pid);
    }
  }
  return found;
}

async function listProcesses(): Promise<number[]> {
  try {
    const names = await Array.fromAsync(
      Deno.readDir("/proc"),
      ({ name }) => name,
    );
    return names.filter((name) => /^\d+$/.test(name)).map(Number);
  } catch {
    return []; // A system without /proc.
  }
}

async function readEnvironment(pid: number): Promise<string[]> {
  try {
    return (await Deno.readTextFile(`/proc/${pid}/environ`)).split("\0");
  } catch {
    return []; // It has ended, or belongs to somebody else.
  }
}

function send(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
