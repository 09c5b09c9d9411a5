/**
 * One of our clients at the default settings as a process of its own: `client_process.ts <directory url> [mode] [clock]`.
 * Writes its address once it is connected, and a line of its own figures for each line that it is told. In the mode `busy` it
 * sends one message after the other to itself; with a clock it has gaps between its packets that are fifty times as long.
 */
import type { Clock } from "../../lib/async/clock.ts";
import type { MixnetClient } from "../../lib/client/client.ts";
import type { Connect } from "../../lib/client/dial.ts";
import { startClient } from "../../lib/client/start_client.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { type DebugConfig, DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { formatRecipient } from "../../lib/message/recipient.ts";
import { connectWebSocket } from "../../lib/transport/websocket.ts";
import { parentLines, tellParent } from "./children.ts";
import { clockOf } from "./scaled_clock.ts";

/** What the process tells. */
export interface ClientFigures {
  /** How late its timers were since the last line, in milliseconds. */
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
}

/** How much rarer packets are in simulated time: it is the day that is long, not the list of packets. */
const RARER = 50;

async function main(): Promise<void> {
  const [network, mode, scale] = Deno.args;
  const watch = new Watch(clockOf(scale));
  await using client = await startClient({
    network: network!,
    clock: watch.clock,
    connect: watch.connect,
    settings: scale === undefined ? DEFAULT_DEBUG : rarer(DEFAULT_DEBUG),
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
    tellParent({ ...watch.figures(), real, cover, slowdown, losses });
  }
  stop.abort();
  await Promise.all([busy, states]);
}

function rarer(settings: DebugConfig): DebugConfig {
  const { traffic, coverTraffic } = settings;
  return {
    ...settings,
    traffic: {
      ...traffic,
      messageSendingAverageDelay: RARER * traffic.messageSendingAverageDelay,
    },
    coverTraffic: {
      ...coverTraffic,
      loopCoverTrafficAverageDelay: RARER *
        coverTraffic.loopCoverTrafficAverageDelay,
    },
  };
}

/** Looks at when a client wakes up and when it sends. */
class Watch {
  readonly #lateness: number[] = [];
  readonly #handling: number[] = [];
  #sentAt: number | undefined;

  /** Where time comes from, with a note of how late it wakes its callers. */
  readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = {
      ...clock,
      until: async (deadline, signal) => {
        const waits = clock.now() < deadline;
        await clock.until(deadline, signal);
        if (!waits) return;
        this.#lateness.push(clock.now() - deadline);
        this.#sentAt = undefined;
      },
    };
  }

  /** Connections over the network, with a note of packets that leave without anybody having waited in between. */
  readonly connect: Connect = async (url, signal) => {
    const connection = await connectWebSocket(url, { signal });
    const send = connection.send.bind(connection);
    connection.send = (data) => {
      if (typeof data !== "string") this.#sent(performance.now());
      send(data);
    };
    return connection;
  };

  /** What was noted since the last time. */
  figures(): Pick<ClientFigures, "lateness" | "handling"> {
    return {
      lateness: this.#lateness.splice(0),
      handling: this.#handling.splice(0),
    };
  }

  #sent(now: number): void {
    if (this.#sentAt !== undefined) this.#handling.push(now - this.#sentAt);
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
