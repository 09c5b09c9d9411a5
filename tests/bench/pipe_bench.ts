import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { unlinkedPayload } from "../../lib/message/split_plan.ts";
import { floor } from "./floor.ts";
import { PipePair } from "./pipe_pair.ts";
import type { PipeFigures } from "./pipe_process.ts";
import { figure, median } from "./stats.ts";

const MB = 1_000_000;

const PARAMETERS = {
  gap: DEFAULT_DEBUG.traffic.messageSendingAverageDelay,
  delay: DEFAULT_DEBUG.traffic.averagePacketDelay,
};

/** What the pace of a client allows in one direction, in bytes a second. */
const CEILING = unlinkedPayload("regular") * 1000 / PARAMETERS.gap;

/** Streams opened to measure their first byte. */
const OPENINGS = 30;

/** Payload of the packets of an opening with its reply blocks: four of them. */
const OPENING_SIZE = 4 * unlinkedPayload("regular") - 10;

/**
 * Streams between two clients at the default settings, cover included, network and clients each a process of its own:
 * throughput against the ceiling, without loss and with 5 % of packets lost; the first byte against the floor.
 */
export async function benchPipe(
  { large }: { large: boolean },
): Promise<string> {
  const figures: string[] = [];
  const size = large ? 10 * MB : 4 * MB;
  const jobs = {
    up: { up: size, down: 0 },
    down: { up: 0, down: size },
    ...large && { both: { up: size, down: size } },
  };
  for (const loss of [0, 5]) {
    await using pair = await PipePair.open(PARAMETERS.gap, loss);
    await pair.carry({ up: 1000, down: 1000 });
    for (const [name, job] of Object.entries(jobs)) {
      const { caller, listener } = await pair.carry(job);
      const rates = [job.up && rate(listener), job.down && rate(caller)]
        .filter((rate) => rate > 0)
        .map((rate) =>
          `${figure(rate / 1000)} kB/s (${figure(rate / CEILING)})`
        );
      const again = caller.progress.retransmissions +
        listener.progress.retransmissions;
      figures.push(
        `${name}, ${loss} % loss: ${rates.join(" and ")}, ${again} sent again`,
      );
    }
    // By now both processes have their code compiled, as clients have that run for a while.
    if (loss === 0) figures.push(await firstBytes(pair));
  }
  return figures.join("; ");
}

/** How long the first byte takes from a caller who opens a stream to the program that listens. */
async function firstBytes(pair: PipePair): Promise<string> {
  const times: number[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    const { caller, listener } = await pair.carry({ up: 0, down: 0 });
    times.push(listener.first - caller.began);
  }
  const runs = 20_000;
  const [open, answer, confirm] = [OPENING_SIZE, 100, 100]
    .map((size) => floor(size, PARAMETERS, runs));
  const handshake = open!.map((time, i) => time + answer![i]! + confirm![i]!);
  return `first byte: median ${
    figure(median(times))
  } ms, floor of a handshake ${figure(median(handshake))} ms, of a packet ${
    figure(median(floor(10, PARAMETERS, runs)))
  } ms`;
}

/** Bytes a second while they came. */
function rate({ first, firstSize, last, progress }: PipeFigures): number {
  return (progress.received - firstSize) / (last - first) * 1000;
}
