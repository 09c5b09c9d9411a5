/**
 * One side of streams as a process of its own: `pipe_process.ts <directory url> <gap>|quick [bytes]`, with the mean gap between two
 * packets in milliseconds; its memory is looked at whenever so many bytes have moved. Writes its address; a listener for whoever calls, it calls an address when it is told a job: a line of JSON. Each
 * side of a stream writes a line of figures.
 */
import { systemClock } from "../../lib/async/clock.ts";
import { openClient } from "../../lib/client/open.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { type DebugConfig, DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { withoutCover } from "../../lib/home/debug_presets.ts";
import {
  formatRecipient,
  parseRecipient,
} from "../../lib/message/recipient.ts";
import { listenStreams, openStream } from "../../lib/stream/open.ts";
import type { NymStream, StreamProgress } from "../../lib/stream/stream.ts";
import { parentLines, tellParent } from "./children.ts";

/** A stream to be opened. */
export interface PipeJob {
  /** Whom to call. */
  readonly to: string;
  /** Bytes that the caller sends. */
  readonly up: number;
  /** Bytes that the listener answers with. */
  readonly down: number;
}

/** What one side of a stream has seen. */
export interface PipeFigures {
  readonly side: "caller" | "listener";
  /** When it began to call, in milliseconds since 1970. */
  readonly began: number;
  /** When the first byte came. */
  readonly first: number;
  /** How many bytes came with it. */
  readonly firstSize: number;
  /** When the last byte came. */
  readonly last: number;
  readonly progress: StreamProgress;
  /** The most resident memory while it lasted, in bytes. */
  readonly rss: number;
  /** The most that was in use, in bytes, if the process may collect the rest (`--expose-gc`). */
  readonly used: number;
}

/** The runtime's own, with `--expose-gc`. */
declare const gc: (() => void) | undefined;

/** Looks without a collection: one that is forced gives back to the system what would stay with the process. */
const UNDISTURBED = 15;

/** Bytes of the number at the beginning of a stream that says how many the listener answers with. */
const HEAD = 8;

const CHUNK = 64 * 1024;

async function main(): Promise<void> {
  const [network, mode] = Deno.args;
  await using client = await openClient({
    network: network!,
    settings: mode === "quick"
      ? withoutCover(DEFAULT_DEBUG)
      : atPace(Number(mode)),
  });
  await using callers = listenStreams(client);
  const serving = (async () => {
    for await (const stream of callers) await run("listener", stream);
  })();
  tellParent({ address: formatRecipient(client.address) });
  for await (const line of parentLines()) {
    const { to, up, down } = JSON.parse(line) as PipeJob;
    await run("caller", openStream(client, parseRecipient(to)), { up, down });
  }
  await callers.return();
  await serving;
}

/** The default settings at another pace. */
function atPace(messageSendingAverageDelay: number): DebugConfig {
  const { traffic } = DEFAULT_DEBUG;
  return {
    ...DEFAULT_DEBUG,
    traffic: { ...traffic, messageSendingAverageDelay },
  };
}

async function run(
  side: PipeFigures["side"],
  stream: NymStream,
  job?: Pick<PipeJob, "up" | "down">,
): Promise<void> {
  const began = systemClock.wall();
  let [first, firstSize, last] = [NaN, 0, NaN];
  const memory = new MemoryWatch();
  const amount = Promise.withResolvers<number>();
  async function read(): Promise<void> {
    let head: Uint8Array | undefined;
    for await (const chunk of stream.readable) {
      last = systemClock.wall();
      if (head === undefined) [first, firstSize] = [last, chunk.length];
      head ??= chunk.slice(0, HEAD);
      amount.resolve(Number(new DataView(head.buffer).getBigUint64(0)));
      memory.moved(chunk.length);
    }
    amount.resolve(0);
  }
  async function write(): Promise<void> {
    const writer = stream.writable.getWriter();
    if (job) {
      const head = new Uint8Array(HEAD);
      new DataView(head.buffer).setBigUint64(0, BigInt(job.down));
      await writer.write(head);
    }
    const size = job ? job.up : await amount.promise;
    const bytes = systemRandom(CHUNK);
    for (let sent = 0; sent < size; sent += CHUNK) {
      await writer.write(bytes.subarray(0, Math.min(CHUNK, size - sent)));
      memory.moved(CHUNK);
    }
    await writer.close();
  }
  await Promise.all([read(), write(), stream.closed]);
  const figures: PipeFigures = {
    side,
    began,
    first,
    firstSize,
    last,
    progress: stream.progress,
    rss: memory.rss,
    used: memory.used,
  };
  tellParent(figures);
}

/** Looks at how much memory the process holds while bytes move. */
class MemoryWatch {
  rss = 0;
  used = 0;
  readonly #every = Number(Deno.args[2] ?? Infinity);
  #moved = 0;
  #looks = 0;

  moved(bytes: number): void {
    this.#moved += bytes;
    if (this.#moved < this.#every) return;
    this.#moved = 0;
    this.rss = Math.max(this.rss, Deno.memoryUsage().rss);
    if (++this.#looks <= UNDISTURBED || typeof gc !== "function") return;
    gc();
    gc(); // the first leaves what only finalizers hold, buffers above all
    const { heapUsed, external } = Deno.memoryUsage();
    this.used = Math.max(this.used, heapUsed + external);
  }
}

if (import.meta.main) await main();
