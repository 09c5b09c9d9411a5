import { ksOneSample } from "../support/kolmogorov_smirnov.ts";
import { BenchProcess } from "./children.ts";
import type { Hour } from "./day_process.ts";
import { figure, median } from "./stats.ts";

/**
 * What a day does to an idle client. Client and network are the real ones and talk over sockets; only their clock is simulated,
 * so that a day takes minutes: it stands still while something happens, and then goes on to whatever is due next. What a day
 * brings, topology refreshes, a key rotation, expiries, probes, gateways that restart, all comes, but only one packet in
 * sixty. Packets leave exactly when the client wants them to: the gaps of each hour are tested against the exponential itself.
 * How well it keeps to that in real time is another bench, `departures`.
 */
export async function benchDay(
  { large }: { large: boolean },
): Promise<string> {
  if (!large) return "left out: it takes 8 minutes; see --large";
  await using process = BenchProcess.start("./day_process.ts", [], [
    "--v8-flags=--expose-gc",
  ]);
  const hours: Hour[] = [];
  while (hours.length < 24) hours.push(await process.next<Hour>());
  const p = hours.map(({ gaps }) =>
    ksOneSample(gaps, (gap) => 1 - Math.exp(-gap))
  );
  const all = hours.flatMap(({ gaps }) => gaps);
  const memory = (key: "heap" | "rss") =>
    [0, 7, 15, 23].map((hour) => figure(hours[hour]![key])).join(", ");
  return `hourly departures against the exponential: p = ${
    figure(Math.min(...p))
  } at least, ${figure(median(p))} in the middle, ${
    figure(ksOneSample(all, (gap) => 1 - Math.exp(-gap)))
  } for all ${all.length}; client and network after 1, 8, 16 and 24 hours: ${
    memory("heap")
  } MB in use, ${memory("rss")} MB resident; connection lost ${
    hours.at(-1)!.losses
  } times`;
}
