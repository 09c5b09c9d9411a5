/**
 * A day of an idle client and of its network, in one process, on a clock that goes from one deadline straight to the next:
 * `day_process.ts`. Writes what was seen in each hour.
 */
import { startClient } from "../../lib/client/start_client.ts";
import { type DebugConfig, DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { tellParent } from "./children.ts";
import { watchedConnect } from "./watched_connect.ts";

const HOURS = 24;
const HOUR_MS = 3_600_000;

/** The clock goes in steps at most so many times as fast as the system's: answers of the network are not all quicker. */
const STEP_MS = 500;
const SPEED = 200;

/** One packet leaves where sixty would: a day of them all would take hours. */
const THIN = 60;
const SETTINGS = thinned(DEFAULT_DEBUG);

/** What was seen in an hour. */
export interface Hour {
  /** The times between packets, as shares of what they are to be on average. */
  readonly gaps: readonly number[];
  /** Memory in use after a collection, and resident memory: MiB. */
  readonly heap: number;
  readonly rss: number;
  /** Connections lost so far. */
  readonly losses: number;
}

/** The runtime's own, with `--expose-gc`. */
declare const gc: () => void;

async function main(): Promise<void> {
  const clock = new FakeClock(Date.now());
  await using net = await startMixnet({ clock });
  const departures: number[] = [];
  await using client = await startClient({
    network: net.apiUrl,
    clock,
    settings: SETTINGS,
    connect: watchedConnect(() => departures.push(clock.now())),
  });
  let losses = 0;
  const watching = (async () => {
    for await (const { kind } of client.states()) {
      if (kind === "reconnecting") losses++;
    }
  })();
  for (let hour = 1; hour <= HOURS; hour++) {
    await pass(clock, HOUR_MS);
    gc();
    const { heapUsed, rss } = Deno.memoryUsage();
    const gaps = departures.slice(1).map((at, i) =>
      (at - departures[i]!) * rateOf(SETTINGS)
    );
    departures.splice(0, departures.length - 1);
    tellParent({ gaps, heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20, losses });
    if (hour === 6 || hour === 18) await net.restartNode("gateway1");
    if (hour === 12) await net.rotateKeys();
  }
  // What a goodbye waits for would wait for a clock that stands.
  void watching;
  Deno.exit(0);
}

/** Let time pass, but not too fast. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  const start = performance.now();
  for (let passed = STEP_MS; passed <= ms; passed += STEP_MS) {
    await clock.advance(STEP_MS);
    const ahead = passed / SPEED - (performance.now() - start);
    if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead));
  }
}

/** Packets in a millisecond: those of the main stream and those of the cover stream. */
function rateOf({ traffic, coverTraffic }: DebugConfig): number {
  return 1 / traffic.messageSendingAverageDelay +
    1 / coverTraffic.loopCoverTrafficAverageDelay;
}

function thinned(settings: DebugConfig): DebugConfig {
  const { traffic, coverTraffic } = settings;
  return {
    ...settings,
    traffic: {
      ...traffic,
      messageSendingAverageDelay: THIN * traffic.messageSendingAverageDelay,
    },
    coverTraffic: {
      ...coverTraffic,
      loopCoverTrafficAverageDelay: THIN *
        coverTraffic.loopCoverTrafficAverageDelay,
    },
  };
}

await main();
