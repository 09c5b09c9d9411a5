/**
 * One of our clients at the default settings as a process of its own: `client_process.ts <directory url> [mode] [clock] [thin]`.
 * Writes its address once it is connected, and a line of its own figures for each line that it is told. In the mode `busy` it
 * sends one message after the other to itself. With a number at the end it sends only one packet where it would send so many.
 */
import type { Clock } from "../../lib/async/clock.ts";
import type { MixnetClient } from "../../lib/client/client.ts";
import type { Connect } from "../../lib/client/dial.ts";
import { startClient } from "../../lib/client/start_client.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { type DebugConfig, DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { formatRecipient } from "../../lib/message/recipient.ts";
import { connectWs } from "../../lib/transport/ws_connect.ts";
import { parentLines, tellParent } from "./children.ts";
import { clockOf } from "./hopping_clock.ts";

/** What the process tells. */
export interface ClientFigures {
  /** How long after their deadlines packets left that had to wait, since the last line, in milliseconds. */
  readonly lateness: readonly number[];
  /** How long after another packet one left that did not have to wait, since the last line, in milliseconds. */
  readonly handling: readonly number[];
  /** Packets that carried something, so far. */
  readonly real: number;
  /** Packets that carried nothing, so far. */
  readonly cover: number;
  /** How many times slower than wanted the main stream is. */
  readonly slowdown: number;
  /** How often the connection to the gateway was lost. */
  readonly losses: number;
  /** Memory of objects that are still in use, in MiB, if the process may collect the rest (`--expose-gc`). */
  readonly heap: number | undefined;
}

/** The runtime's own, with `--expose-gc`. */
declare const gc: (() => void) | undefined;

async function main(): Promise<void> {
  const [network, mode, scale, thin = "1"] = Deno.args;
  const watch = new Watch(clockOf(scale));
  await using client = await startClient({
    network: network!,
    clock: watch.clock,
    connect: watch.connect,
    settings: thinned(DEFAULT_DEBUG, Number(thin)),
  });
  const stop = new AbortController();
  const busy = mode === "busy" ? beBusy(client, stop.signal) : undefined;
  tellParent({ address: formatRecipient(client.address) });
  let losses = 0;
  const states = (async () => {
    for await (const { kind } of client.states({ signal: stop.signal })) {
      if (kind === "reconnecting") losses++;
    }
  })().catch(() => {});
  for await (const _ of parentLines()) {
    const { outbox: { real, cover }, slowdown } = client.counters;
    tellParent({
      ...watch.figures(),
      real,
      cover,
      slowdown,
      losses,
      heap: heapInUse(),
    });
  }
  stop.abort();
  await Promise.all([busy, states]);
}

/** One packet in the place of `thin`. */
export function thinned(settings: DebugConfig, thin: number): DebugConfig {
  const { traffic, coverTraffic } = settings;
  return {
    ...settings,
    traffic: {
      ...traffic,
      messageSendingAverageDelay: thin * traffic.messageSendingAverageDelay,
    },
    coverTraffic: {
      ...coverTraffic,
      loopCoverTrafficAverageDelay: thin *
        coverTraffic.loopCoverTrafficAverageDelay,
    },
  };
}

function heapInUse(): number | undefined {
  if (typeof gc === "undefined") return undefined;
  gc();
  return Deno.memoryUsage().heapUsed / 2 ** 20;
}

/** Looks at when a client wakes up and when it sends. */
class Watch {
  readonly #lateness: number[] = [];
  readonly #handling: number[] = [];
  #sentAt: number | undefined;
  /** The deadline that was waited for last, until something is sent. */
  #due: number | undefined;

  /** Where time comes from, with a note of what was waited for. */
  readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = {
      ...clock,
      until: async (deadline, signal) => {
        const waits = clock.now() < deadline;
        await clock.until(deadline, signal);
        if (!waits) return;
        this.#due = deadline;
      },
    };
    this.connect = async (url, signal) => {
      const connection = await connectWs(url, { signal });
      const send = connection.send.bind(connection);
      connection.send = (data) => {
        if (typeof data !== "string") this.#sent(clock.now());
        send(data);
      };
      return connection;
    };
  }

  /** Connections over the network, with a note of when packets leave, whether somebody waited for their slots or not. */
  readonly connect: Connect;

  /** What was noted since the last time. */
  figures(): Pick<ClientFigures, "lateness" | "handling"> {
    return {
      lateness: this.#lateness.splice(0),
      handling: this.#handling.splice(0),
    };
  }

  #sent(now: number): void {
    if (this.#due !== undefined) this.#lateness.push(now - this.#due);
    else if (this.#sentAt !== undefined) {
      this.#handling.push(now - this.#sentAt);
    }
    this.#due = undefined;
    this.#sentAt = now;
  }
}

/** Keep the main stream full. */
async function beBusy(
  client: MixnetClient,
  signal: AbortSignal,
): Promise<void> {
  const target = { kind: "recipient", recipient: client.address } as const;
  const receiving = (async () => {
    for await (const message of client.messages({ signal })) {
      await message.taken();
    }
  })().catch(() => {});
  while (!signal.aborted) {
    const sending = await client.send({ target, body: systemRandom(20_000) });
    await sending.reached("flushed", signal).catch(() => {});
  }
  await receiving;
}

if (import.meta.main) await main();
