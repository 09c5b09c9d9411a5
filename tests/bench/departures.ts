import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { ksOneSample, ksTwoSample } from "../support/kolmogorov_smirnov.ts";
import { BenchProcess } from "./children.ts";
import type { ClientFigures } from "./client_process.ts";
import { expectedGaps } from "./expected_gaps.ts";
import { figure, mean } from "./stats.ts";

/** Clients get so long to settle, and are then watched for so long: more than 2000 packets. */
const SETTLE_MS = 3000;
const WATCH_MS = 50_000;

/** What a run of a client left at the gateway. */
interface Departures {
  /** Milliseconds between one packet and the next, as they came to the gateway. */
  readonly gaps: readonly number[];
  /** How long after their deadlines packets left that had to wait. */
  readonly lateness: readonly number[];
  /** How long after another packet one left that did not have to wait. */
  readonly handling: readonly number[];
  /** The share of packets that carried something. */
  readonly real: number;
}

/**
 * Whether what leaves a client tells when it has something to say. The packets of an idle and of a busy client are timed
 * where the gateway, another process, receives them. Two-sample test: idle against busy. One-sample tests: each against the
 * exponential, convolved with how late packets left after their deadlines in the same run, and with the time that it took for
 * a packet whose slot came before the last one was out.
 */
export async function benchDepartures(): Promise<string> {
  const idle = await observe("idle");
  const busy = await observe("busy");
  const both = ksTwoSample(idle.gaps, busy.gaps);
  const alone = [idle, busy].map((run) =>
    ksOneSample(run.gaps, expectedGaps(DEFAULT_DEBUG, run))
  );
  return `idle against busy: p = ${
    figure(both)
  }; against exponential with the measured lateness (${
    figure(mean(idle.lateness))
  } ms): idle p = ${figure(alone[0]!)}, busy p = ${
    figure(alone[1]!)
  }; n = ${idle.gaps.length} and ${busy.gaps.length}, mean gaps ${
    figure(mean(idle.gaps))
  } and ${figure(mean(busy.gaps))} ms, ${
    figure(100 * busy.real)
  } % of the busy packets carry something`;
}

async function observe(mode: "idle" | "busy"): Promise<Departures> {
  await using network = BenchProcess.start("./network_process.ts");
  const { apiUrl } = await network.next<{ apiUrl: string }>();
  await using client = BenchProcess.start("./client_process.ts", [
    apiUrl,
    mode,
  ]);
  await client.next();
  await pause(SETTLE_MS);
  const before = await look(network, client);
  await pause(WATCH_MS);
  const { arrivals, figures } = await look(network, client);
  const real = figures.real - before.figures.real;
  const cover = figures.cover - before.figures.cover;
  return {
    gaps: arrivals.slice(1).map((at, i) => at - arrivals[i]!),
    lateness: figures.lateness,
    handling: figures.handling,
    real: real / (real + cover),
  };
}

async function look(network: BenchProcess, client: BenchProcess) {
  await network.tell("arrivals");
  const arrivals = await network.next<number[]>();
  await client.tell("figures");
  return { arrivals, figures: await client.next<ClientFigures>() };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
