import { BenchProcess } from "./children.ts";
import type { ClientFigures } from "./client_process.ts";
import { processUse } from "./proc.ts";
import type { ClockScale } from "./scaled_clock.ts";
import { figure, mean } from "./stats.ts";

/** A day takes a quarter of an hour; faster, and what may take a second has no time for it. */
const FACTOR = 100;
const HOUR_MS = 3_600_000;
const HOURS = 24;

/**
 * What a day does to the memory of an idle client: its topology refreshes, key rotations, expiries and every fiftieth of its
 * packets, by a clock that is a hundred times as fast.
 */
export async function benchDay(
  { large }: { large: boolean },
): Promise<string> {
  if (!large) return "left out: it takes 15 minutes; see --large";
  const scale: ClockScale = { factor: FACTOR, start: Date.now() };
  const clock = JSON.stringify(scale);
  await using network = BenchProcess.start("./network_process.ts", [clock]);
  const { apiUrl } = await network.next<{ apiUrl: string }>();
  const args = [apiUrl, "idle", clock];
  await using client = BenchProcess.start("./client_process.ts", args);
  await client.next();
  const memory: number[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    await new Promise((resolve) => setTimeout(resolve, HOUR_MS / FACTOR));
    memory.push((await processUse(client.pid)).rss);
    await client.tell("forget what was noted");
    await client.next();
    await network.tell("forget what was noted");
    await network.next();
  }
  await client.tell("figures");
  const { cover, losses } = await client.next<ClientFigures>();
  const [early, late] = [memory.slice(2, 6), memory.slice(-4)].map(mean);
  return `${figure(early!)} MB in the third to sixth hour, ${
    figure(late!)
  } MB in the last four; ${cover} packets, connection lost ${losses} times`;
}
