import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { ksOneSample, ksTwoSample } from "../support/kolmogorov_smirnov.ts";
import { OfficialClient } from "../support/official_client.ts";
import { BenchProcess } from "./children.ts";
import type { ClientFigures } from "./client_process.ts";
import { figure } from "./stats.ts";

/** Clients get so long to settle, and are then watched for so long: more than 2000 packets. */
const SETTLE_MS = 3000;
const WATCH_MS = 50_000;

/** Packets that leave so close to one another, in milliseconds, show timers that let them out together. */
const CLOSE_MS = 1;

/** The times between packets of a client. */
interface Departures {
  /** As it let go of them. */
  readonly left: readonly number[];
  /** As they came to the gateway, another process. */
  readonly came: readonly number[];
  /** The share of packets that carried something. */
  readonly real: number;
}

/**
 * Whether what leaves a client tells when it has something to say. Two-sample test: idle against busy, timed at the gateway.
 * One-sample tests: each against the exponential of the settings, timed where the packets leave, with no allowance for timers
 * or for the time that packets take. And how many packets follow close on another, beside the official client.
 */
export async function benchDepartures(): Promise<string> {
  const idle = await observe("idle");
  const busy = await observe("busy");
  const official = await observeOfficial();
  const { traffic, coverTraffic } = DEFAULT_DEBUG;
  const rate = 1 / traffic.messageSendingAverageDelay +
    1 / coverTraffic.loopCoverTrafficAverageDelay;
  const exponential = (gap: number) => 1 - Math.exp(-rate * gap);
  const p = (gaps: readonly number[]) => figure(ksOneSample(gaps, exponential));
  const close = (gaps: readonly number[]) =>
    `${
      figure(100 * gaps.filter((gap) => gap < CLOSE_MS).length / gaps.length)
    } %`;
  return `idle against busy: p = ${
    figure(ksTwoSample(idle.came, busy.came))
  }; against exponential: idle p = ${p(idle.left)}, busy p = ${
    p(busy.left)
  }; n = ${idle.left.length} and ${busy.left.length}, ${
    figure(100 * busy.real)
  } % of the busy packets carry something; at the gateway idle p = ${
    p(idle.came)
  }, busy p = ${p(busy.came)}, official client p = ${
    p(official)
  }; less than ${CLOSE_MS} ms after another packet: ${close(idle.came)}, ${
    close(busy.came)
  }, official client ${close(official)}, exponential ${
    figure(100 * exponential(CLOSE_MS))
  } %`;
}

async function observe(mode: "idle" | "busy"): Promise<Departures> {
  await using network = BenchProcess.start("./network_process.ts");
  const { apiUrl } = await network.next<{ apiUrl: string }>();
  await using client = BenchProcess.start("./client_process.ts", [
    apiUrl,
    mode,
  ]);
  await client.next();
  const figures = async () => {
    await client.tell("figures");
    return await client.next<ClientFigures>();
  };
  await pause(SETTLE_MS);
  const before = await figures();
  const came = await watch(network);
  const { departures, real, cover } = await figures();
  const sent = real + cover - before.real - before.cover;
  return {
    left: gapsOf(departures),
    came,
    real: (real - before.real) / sent,
  };
}

async function observeOfficial(): Promise<number[]> {
  await using network = BenchProcess.start("./network_process.ts");
  const { apiUrl } = await network.next<{ apiUrl: string }>();
  await using _client = await OfficialClient.start({
    id: "bench",
    apiUrl,
    cover: true,
  });
  await pause(SETTLE_MS);
  return await watch(network);
}

/** The times between packets, as they come to the gateway. */
async function watch(network: BenchProcess): Promise<number[]> {
  await network.tell("begin");
  await network.next();
  await pause(WATCH_MS);
  await network.tell("end");
  return gapsOf(await network.next<number[]>());
}

function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((at, i) => at - times[i]!);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
