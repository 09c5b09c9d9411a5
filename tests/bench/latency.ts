import type { MixnetClient } from "../../lib/client/client.ts";
import { openClient } from "../../lib/client/open.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { BenchProcess } from "./children.ts";
import { floor } from "./floor.ts";
import { exponential, figure, median, medianError, quantile } from "./stats.ts";

const KB = 1000;
const MB = 1_000_000;

/** Sizes, and how many messages of each. */
const SIZES = [
  { name: "1 KB", size: KB, runs: 400, simulated: 200_000 },
  { name: "100 KB", size: 100 * KB, runs: 40, simulated: 4000 },
  { name: "10 MB", size: 10 * MB, runs: 3, simulated: 100 },
];

/** Mean pause between two small messages, so that each meets the stream at a moment of its own. */
const PAUSE_MS = 50;

const PARAMETERS = {
  gap: DEFAULT_DEBUG.traffic.messageSendingAverageDelay,
  delay: DEFAULT_DEBUG.traffic.averagePacketDelay,
};

/**
 * How long a message takes from one client to another at the default settings, cover included, against the floor that the
 * same parameters allow. The network is a process of its own, the clients are in this one.
 */
export async function benchLatency(
  { large }: { large: boolean },
): Promise<string> {
  await using network = BenchProcess.start("./network_process.ts");
  const { apiUrl } = await network.next<{ apiUrl: string }>();
  await using alice = await openClient({ network: apiUrl });
  await using bob = await openClient({ network: apiUrl });
  await measure(alice, bob, KB, 50);
  const figures: string[] = [];
  for (const { name, size, runs, simulated } of SIZES) {
    if (size > MB && !large) continue;
    const times = await measure(alice, bob, size, runs);
    const best = floor(size, PARAMETERS, simulated);
    const [here, there] = [median(times), median(best)];
    figures.push(
      `${name}: median ${figure(here)} ms, p95 ${
        figure(quantile(times, 0.95))
      } ms, floor ${figure(there)} ms, ratio ${figure(there / here)} ± ${
        figure(there / here * medianError(times) / here)
      }`,
    );
  }
  const { retransmissions } = alice.counters.outbox;
  return `${figures.join("; ")}; ${retransmissions} packets sent twice`;
}

/** Send messages one after the other; returns how long each took, in milliseconds. */
async function measure(
  from: MixnetClient,
  to: MixnetClient,
  size: number,
  runs: number,
): Promise<number[]> {
  const times: number[] = [];
  const messages = to.messages()[Symbol.asyncIterator]();
  for (let run = 0; run < runs; run++) {
    await pause(exponential(PAUSE_MS));
    const body = systemRandom(size);
    const start = performance.now();
    const sending = await from.send({
      target: { kind: "recipient", recipient: to.address },
      body,
    });
    const { value: message } = await messages.next();
    times.push(performance.now() - start);
    await message.taken();
    await sending.reached("acked");
  }
  await messages.return?.();
  return times;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
