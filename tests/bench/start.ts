import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { BenchProcess } from "./children.ts";
import { figure, median } from "./stats.ts";

const RUNS = 15;

/** How long a whole network takes from its start until clients can use it, in a program and as a process of its own. */
export async function benchStart(): Promise<string> {
  const inside: number[] = [];
  const outside: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await using _net = await startMixnet();
    inside.push(performance.now() - start);
  }
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await using network = BenchProcess.start("./network_process.ts");
    await network.next();
    outside.push(performance.now() - start);
  }
  return `network ready in ${figure(median(inside))} ms, with its process in ${
    figure(median(outside))
  } ms`;
}
