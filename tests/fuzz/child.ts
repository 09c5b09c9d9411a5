/** Feeds one target in a process of its own, so that it can hang or run out of memory: `child.ts <name> <seed> <inputs>`. */
import { fuzz, FuzzFailure, type FuzzResult } from "./fuzz.ts";
import { allTargets } from "./targets.ts";

/** A line that the process writes. */
export type ChildReport =
  | (FuzzResult & { readonly kind: "progress" | "done"; readonly rss: number })
  | { readonly kind: "failed"; readonly message: string };

/** Milliseconds between two lines. */
const INTERVAL = 500;

if (import.meta.main) {
  const [name, seed, inputs] = Deno.args;
  const target = (await allTargets()).find((target) => target.name === name)!;
  let next = 0;
  try {
    const result = await fuzz(target, {
      inputs: Number(inputs),
      seed: seed!,
      onProgress(result) {
        if (performance.now() < next) return;
        next = performance.now() + INTERVAL;
        report({ kind: "progress", ...result, rss: Deno.memoryUsage().rss });
      },
    });
    report({ kind: "done", ...result, rss: Deno.memoryUsage().rss });
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    report({ kind: "failed", message: error.message });
  }
}

function report(report: ChildReport): void {
  const line = new TextEncoder().encode(`${JSON.stringify(report)}\n`);
  for (let rest = line; rest.length > 0;) {
    rest = rest.subarray(Deno.stdout.writeSync(rest));
  }
}
