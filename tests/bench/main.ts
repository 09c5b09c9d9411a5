/**
 * Measures what the README promises: `deno task bench [name…]`, `--large` for what takes minutes. Each bench prints one line of
 * figures and the command that repeats it. What packets and streams cost in detail: `deno bench -A tests/bench/`.
 */
import { parseArgs } from "@std/cli/parse-args";

/** Options that benches take. */
export interface BenchOptions {
  /** Whether to measure what takes minutes. */
  readonly large: boolean;
}

/** Measures something and says it in one line. */
type Bench = (options: BenchOptions) => Promise<string>;

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  packets: async () => (await import("./packets.ts")).benchPackets,
  latency: async () => (await import("./latency.ts")).benchLatency,
  pipe: async () => (await import("./pipe_bench.ts")).benchPipe,
  "pipe-both": async () =>
    (await import("./pipe_both_ways.ts")).benchPipeBothWays,
  "pipe-memory": async () => (await import("./pipe_memory.ts")).benchPipeMemory,
  start: async () => (await import("./start.ts")).benchStart,
  whoami: async () => (await import("./whoami.ts")).benchWhoami,
  size: async () => (await import("./size.ts")).benchSize,
  idle: async () => (await import("./idle.ts")).benchIdle,
  departures: async () => (await import("./departures.ts")).benchDepartures,
  day: async () => (await import("./day.ts")).benchDay,
  plugin: async () => (await import("./plugin.ts")).benchPlugin,
  websocket: async () => (await import("./websocket.ts")).benchWebsocket,
};

if (import.meta.main) {
  const { large, _: names } = parseArgs(Deno.args, { boolean: ["large"] });
  for (const [name, load] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const bench = await load();
    const line = await bench({ large });
    say(`${name}: ${line}`);
    say(`  again: deno task bench ${name}${large ? " --large" : ""}`);
  }
  Deno.exit(0);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
