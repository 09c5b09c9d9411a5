import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { ksOneSample } from "../support/kolmogorov_smirnov.ts";
import { BenchProcess } from "./children.ts";
import { type ClientFigures, thinned } from "./client_process.ts";
import { expectedGaps } from "./expected_gaps.ts";
import { type Hops, turnOf } from "./hopping_clock.ts";
import { processUse } from "./proc.ts";
import { figure, median } from "./stats.ts";

/** A day takes ten minutes: of every five, two seconds. */
const RUN_MS = 2000;
const TURN_MS = 300_000;
const DAY_MS = 86_400_000;
const HOURS = 24;

/** Six times as many packets as usual: about as many as two processes can handle. */
const DENSE = 1 / 6;
const DENSE_MS = 180_000;

/** Longer ones come from a hop, in milliseconds. */
const MAX_LATENESS = 500;

/** So long after a hop packets leave that were due in it, in milliseconds. */
const WAKE_MS = 100;

/** How a client of ours is watched. */
export interface WatchOptions {
  /** Its clock, and that of its network. */
  readonly clock?: Omit<Hops, "start">;
  /** It sends one packet where it would send so many. @default 1 */
  readonly thin?: number;
  /** Whether it sends messages to itself all the time. */
  readonly mode: "idle" | "busy";
  /** How long, in milliseconds of real time. */
  readonly time: number;
  /** How often it is looked at. */
  readonly looks: number;
  /** What happens to its network before a look, by the number of the look. */
  readonly events?: Readonly<Record<number, "restart" | "rotate">>;
}

/** What was seen at one look. */
export interface Look {
  /** Memory in use and resident memory of the client, resident memory of its network: MiB. */
  readonly heap: number;
  readonly rss: number;
  readonly networkRss: number;
  /** How likely the gaps between its packets are exponential, given how late its timers were. */
  readonly p: number;
  /** Packets so far, and how many of them carried something. */
  readonly packets: number;
  readonly real: number;
  /** Connections lost so far. */
  readonly losses: number;
}

/**
 * What a day does to an idle client. Client and network are the real ones, each a process of its own, and send every packet
 * as usual; only their clock runs for two seconds and then hops to the next five minutes. So 288 topology refreshes, a key
 * rotation, expiries, probes, gateways that restart and connections that are made again happen as often as in a day. What
 * a day's number of packets does is seen at another client, which sends messages without end, six times as fast as usual.
 */
export async function benchDay(
  { large }: { large: boolean },
): Promise<string> {
  if (!large) return "left out: it takes 13 minutes; see --large";
  const day = await watch({
    clock: { run: RUN_MS, hop: TURN_MS - RUN_MS },
    mode: "idle",
    time: DAY_MS / TURN_MS * RUN_MS,
    looks: HOURS,
    events: { 5: "restart", 11: "rotate", 17: "restart" },
  });
  const busy = await watch({
    thin: DENSE,
    mode: "busy",
    time: DENSE_MS,
    looks: 10,
  });
  const p = day.map((look) => look.p);
  return `idle for a day: ${say(day)}; departures hour by hour: p = ${
    figure(Math.min(...p))
  } at least, ${figure(median(p))} in the middle; busy: ${say(busy)}`;
}

/** Watch a client of ours. */
export async function watch(options: WatchOptions): Promise<Look[]> {
  const { clock, thin = 1, mode, time, looks, events = {} } = options;
  const hops = clock && { ...clock, start: Date.now() };
  const argument = hops === undefined ? "" : JSON.stringify(hops);
  await using network = BenchProcess.start("./network_process.ts", [argument]);
  const { apiUrl } = await network.next<{ apiUrl: string }>();
  await using client = BenchProcess.start(
    "./client_process.ts",
    [apiUrl, mode, argument, `${thin}`],
    ["--v8-flags=--expose-gc"],
  );
  await client.next();
  const seen: Look[] = [];
  for (let number = 1; number <= looks; number++) {
    await new Promise((resolve) => setTimeout(resolve, time / looks));
    await network.tell(events[number] ?? "look");
    const arrivals = await network.next<number[]>();
    await client.tell("look");
    const figures = await client.next<ClientFigures>();
    const [lateness, handling] = [figures.lateness, figures.handling]
      .map((times) => times.filter((time) => time < MAX_LATENESS));
    const settings = thinned(DEFAULT_DEBUG, thin);
    seen.push({
      heap: figures.heap!,
      rss: (await processUse(client.pid)).rss,
      networkRss: (await processUse(network.pid)).rss,
      p: ksOneSample(
        gapsOf(arrivals, hops),
        expectedGaps(settings, { lateness: lateness!, handling: handling! }),
      ),
      packets: figures.real + figures.cover,
      real: figures.real,
      losses: figures.losses,
    });
  }
  return seen;
}

/** The times between packets, without those that a hop has made: in which it lies, or which follow it at once. */
function gapsOf(
  arrivals: readonly number[],
  hops: Hops | undefined,
): number[] {
  return arrivals.slice(1).flatMap((at, i) => {
    const before = arrivals[i]!;
    const hopped = hops && (turnOf(at, hops) !== turnOf(before, hops) ||
      before % (hops.run + hops.hop) < WAKE_MS);
    return hopped ? [] : [at - before];
  });
}

function say(looks: readonly Look[]): string {
  const three = [0.1, 0.5, 1].map((share) =>
    looks[Math.ceil(share * looks.length) - 1]!
  );
  const row = (key: "heap" | "rss" | "networkRss") =>
    three.map((look) => figure(look[key])).join(", ");
  const { packets, real, losses } = looks.at(-1)!;
  return `heap ${row("heap")} MB, resident ${row("rss")} MB (network ${
    row("networkRss")
  }) early, in the middle and at the end; ${packets} packets, ${real} of them real; connection lost ${losses} times`;
}
