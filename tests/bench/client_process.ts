/**
 * One of our clients at the default settings as a process of its own: `client_process.ts <directory url> [busy]`. Writes its
 * address once it is connected, and a line of its own figures for each line that it is told. When it is busy it sends one
 * message after the other to itself.
 */
import { type Clock, systemClock } from "../../lib/async/clock.ts";
import type { MixnetClient } from "../../lib/client/client.ts";
import type { Connect } from "../../lib/client/dial.ts";
import { startClient } from "../../lib/client/start_client.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { formatRecipient } from "../../lib/message/recipient.ts";
import { connectWebSocket } from "../../lib/transport/websocket.ts";
import { parentLines, tellParent } from "./children.ts";

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
}

async function main(): Promise<void> {
  const [network, mode] = Deno.args;
  const watch = new Watch();
  await using client = await startClient({
    network: network!,
    clock: watch.clock,
    connect: watch.connect,
  });
  const stop = new AbortController();
  const busy = mode === "busy" ? beBusy(client, stop.signal) : undefined;
  tellParent({ address: formatRecipient(client.address) });
  for await (const _ of parentLines()) {
    const { outbox: { real, cover }, slowdown } = client.counters;
    tellParent({ ...watch.figures(), real, cover, slowdown });
  }
  stop.abort();
  await busy;
}

/** Looks at when a client wakes up and when it sends. */
class Watch {
  readonly #lateness: number[] = [];
  readonly #handling: number[] = [];
  #sentAt: number | undefined;

  /** The system's clock, with a note of how late it wakes its callers. */
  readonly clock: Clock = {
    ...systemClock,
    until: async (deadline, signal) => {
      const waits = performance.now() < deadline;
      await systemClock.until(deadline, signal);
      if (!waits) return;
      this.#lateness.push(performance.now() - deadline);
      this.#sentAt = undefined;
    },
  };

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
