import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { unlinkedPayload } from "../../lib/message/split_plan.ts";
import { BenchProcess } from "./children.ts";
import { floor } from "./floor.ts";
import type { PipeFigures, PipeJob } from "./pipe_process.ts";
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
 * throughput against the ceiling, without loss and with 5 % of packets lost; the first byte against the floor; memory for much
 * against memory for little.
 */
export async function benchPipe(
  { large }: { large: boolean },
): Promise<string> {
  const figures: string[] = [];
  const size = large ? 10 * MB : 2 * MB;
  for (const loss of [0, 5]) {
    await using pair = await Pair.open(PARAMETERS.gap, loss);
    await pair.carry({ up: 1000, down: 1000 });
    if (loss === 0) figures.push(await firstBytes(pair));
    for (
      const [name, job] of Object.entries({
        up: { up: size, down: 0 },
        down: { up: 0, down: size },
        both: { up: size, down: size },
      })
    ) {
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
  }
  figures.push(await memory(large ? 100 * MB : 10 * MB));
  return figures.join("; ");
}

/** How long the first byte takes from a caller who opens a stream to the program that listens. */
async function firstBytes(pair: Pair): Promise<string> {
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

/** What both sides hold while much is carried, against little, as fast as the machine can. */
async function memory(much: number): Promise<string> {
  const rss: string[] = [];
  for (const size of [MB, much]) {
    await using pair = await Pair.open("quick", 0);
    const { caller, listener } = await pair.carry({ up: size, down: 0 });
    rss.push(
      `${figure(caller.rss / MB)} and ${figure(listener.rss / MB)} MB for ${
        size / MB
      } MB`,
    );
  }
  return `memory of caller and listener: ${rss.join(", ")}`;
}

/** Bytes a second while they came. */
function rate({ first, firstSize, last, progress }: PipeFigures): number {
  return (progress.received - firstSize) / (last - first) * 1000;
}

/** A network and two clients. */
class Pair implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #caller: BenchProcess;
  readonly #listener: BenchProcess;
  readonly #to: string;

  private constructor(
    stack: AsyncDisposableStack,
    caller: BenchProcess,
    listener: BenchProcess,
    to: string,
  ) {
    this.#stack = stack;
    this.#caller = caller;
    this.#listener = listener;
    this.#to = to;
  }

  static async open(mode: number | "quick", loss: number): Promise<Pair> {
    await using stack = new AsyncDisposableStack();
    const network = stack.use(
      BenchProcess.start("./network_process.ts", ["", String(loss)]),
    );
    const { apiUrl } = await network.next<{ apiUrl: string }>();
    const start = () =>
      stack.use(
        BenchProcess.start("./pipe_process.ts", [apiUrl, String(mode)]),
      );
    const [caller, listener] = [start(), start()];
    await caller.next();
    const { address } = await listener.next<{ address: string }>();
    return new Pair(stack.move(), caller, listener, address);
  }

  /** Carry bytes, and wait for what both sides have seen. */
  async carry(
    { up, down }: Pick<PipeJob, "up" | "down">,
  ): Promise<{ caller: PipeFigures; listener: PipeFigures }> {
    const job: PipeJob = { to: this.#to, up, down };
    await this.#caller.tell(JSON.stringify(job));
    const [caller, listener] = await Promise.all([
      this.#caller.next<PipeFigures>(),
      this.#listener.next<PipeFigures>(),
    ]);
    return { caller, listener };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
