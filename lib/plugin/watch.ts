import { dirname } from "node:path";
import { type Clock, sleep } from "../async/clock.ts";
import { join } from "../home/paths.ts";
import type { PluginChain } from "./chain.ts";

/**
 * How often files are looked at, in milliseconds. The runtime can tell of changes by itself, but then opens what changes: a
 * named pipe in the folder would freeze us.
 */
const LOOK_MS = 500;

/** Options of {@linkcode watchPlugins}. */
export interface WatchOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once the files are watched. */
  onReady?(): void;
}

/**
 * Load plugins anew when their files change, or code beside them, until the signal fires. What cannot be used does not take
 * the place of what runs.
 */
export async function watchPlugins(
  chain: PluginChain,
  { clock, signal, onReady }: WatchOptions,
): Promise<void> {
  const loaded = await look(chain);
  let before = loaded;
  onReady?.();
  while (!signal.aborted) {
    try {
      await sleep(clock, LOOK_MS, signal);
    } catch {
      return; // It is told to end.
    }
    const now = await look(chain);
    const changed = new Set<string>();
    for (const [folder, state] of now) {
      // Editors write a file in several steps: what goes on changing is waited for.
      if (state === loaded.get(folder) || state !== before.get(folder)) {
        continue;
      }
      changed.add(folder);
      loaded.set(folder, state);
    }
    before = now;
    if (changed.size > 0) {
      await chain.reload((file) => changed.has(dirname(file)));
    }
  }
}

/** The state of the folders of all plugins. */
async function look(chain: PluginChain): Promise<Map<string, string>> {
  const folders = [...new Set(chain.files.map(dirname))];
  return new Map(
    await Promise.all(
      folders.map(async (folder) => [folder, await stateOf(folder)] as const),
    ),
  );
}

/** Changes with every file of code in a folder. */
async function stateOf(folder: string): Promise<string> {
  const states: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory || !/\.[mc]?[jt]sx?$|\.json$/.test(name)) continue;
      states.push(`${name} ${await stampOf(join(folder, name))}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return states.sort().join("\n");
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtime, size, ino } = await Deno.stat(path);
    return `${mtime?.getTime()} ${size} ${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "gone";
    throw error;
  }
}
