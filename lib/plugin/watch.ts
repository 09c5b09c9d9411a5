import { dirname } from "node:path";
import { type Clock, sleep } from "../async/clock.ts";
import type { PluginChain } from "./chain.ts";

/** Editors write a file in several steps: the last one is waited for, in milliseconds. */
const SETTLE_MS = 150;

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
  if (signal.aborted) return;
  const folders = [...new Set(chain.files.map(dirname))];
  using watcher = Deno.watchFs(folders, { recursive: false });
  const close = () => watcher.close();
  signal.addEventListener("abort", close, { once: true });
  const changed = new Set<string>();
  let settling: Promise<void> | undefined;
  onReady?.();
  for await (const { kind, paths } of watcher) {
    if (kind === "access") continue;
    const code = paths.filter((path) => /\.[mc]?[jt]sx?$|\.json$/.test(path));
    for (const path of code) changed.add(dirname(path));
    if (code.length > 0) settling ??= settle();
  }
  signal.removeEventListener("abort", close);
  await settling;

  async function settle(): Promise<void> {
    try {
      await sleep(clock, SETTLE_MS, signal);
      const folders = new Set(changed);
      changed.clear();
      await chain.reload((file) => folders.has(dirname(file)));
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      settling = undefined;
    }
    if (changed.size > 0 && !signal.aborted) settling ??= settle();
  }
}
