/**
 * Feeds every decoder that faces a peer with mutated input, each in a process of its own:
 * `deno task fuzz [--inputs N] [--seed S] [--jobs N] [name…]`. A target is chosen by any part of its name. Fails on anything
 * but a refusal, on silence for half a minute, and on memory that grows.
 */
import { parseArgs } from "@std/cli/parse-args";
import type { ChildReport } from "./child.ts";
import { allTargets } from "./targets.ts";

/** How long a target may say nothing: thousands of inputs take less than a second. */
const PATIENCE = 30_000;

/** The longest time that one input may take, in milliseconds; garbage collection included. */
const MAX_INPUT_TIME = 3000;

/** The most memory that a process may take, in MiB: runtime, libraries and a heap that is bounded to half of it. */
const MAX_RSS = 384;
const MAX_HEAP = 192;

const { inputs, seed, jobs, _: names } = parseArgs(Deno.args, {
  string: ["inputs", "seed", "jobs"],
  default: {
    inputs: "1000000",
    seed: crypto.getRandomValues(new Uint8Array(4)).toHex(),
    jobs: "1",
  },
});
const targets = (await allTargets()).map(({ name }) => name).filter((name) =>
  names.length === 0 || names.some((part: unknown) => name.includes(`${part}`))
);
say(`${targets.length} targets, ${inputs} inputs each, seed ${seed}`);
const failed: string[] = [];
await Promise.all(Array.from({ length: Number(jobs) }, async () => {
  for (let name = targets.shift(); name !== undefined; name = targets.shift()) {
    const failure = await run(name);
    if (failure === undefined) continue;
    failed.push(name);
    say(`FAILED ${name}: ${failure}`);
  }
}));
say(
  failed.length === 0 ? "no failures" : `${failed.length} targets failed`,
);
Deno.exit(failed.length === 0 ? 0 : 1);

/** Feed one target; returns what is wrong with it, if anything is. */
async function run(name: string): Promise<string | undefined> {
  const start = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-read",
      "--allow-env",
      `--v8-flags=--max-old-space-size=${MAX_HEAP}`,
      new URL("./child.ts", import.meta.url).pathname,
      name,
      seed,
      inputs,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const again = `deno task fuzz --seed ${seed} --inputs ${inputs} "${name}"`;
  let last: ChildReport | undefined;
  let [rss, done] = [0, 0];
  let silent = false;
  const stop = () => {
    silent = true;
    child.kill("SIGKILL");
  };
  let watch = setTimeout(stop, PATIENCE);
  for await (const report of reports(child.stdout)) {
    clearTimeout(watch);
    watch = setTimeout(stop, PATIENCE);
    last = report;
    if (report.kind === "failed") continue;
    rss = Math.max(rss, report.rss / 2 ** 20);
    done = report.done;
  }
  clearTimeout(watch);
  const { code } = await child.status;
  if (silent) return `hangs after input ${done}\n  again: ${again}`;
  if (last?.kind === "failed") return last.message;
  if (last?.kind !== "done") {
    return `ends with code ${code} after input ${done}\n  again: ${again}`;
  }
  if (last.slowest > MAX_INPUT_TIME) {
    return `one input took ${Math.round(last.slowest)} ms\n  again: ${again}`;
  }
  if (rss > MAX_RSS) return `takes ${Math.round(rss)} MB\n  again: ${again}`;
  const seconds = (performance.now() - start) / 1000;
  say(
    `${name.padEnd(36)} ${last.done} inputs, ${
      (100 * last.accepted / last.done).toFixed(1).padStart(5)
    } % accepted, slowest ${last.slowest.toFixed(1)} ms, ${
      Math.round(rss)
    } MB, ${seconds.toFixed(0)} s`,
  );
  return undefined;
}

async function* reports(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<ChildReport> {
  let rest = "";
  for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
