/**
 * One of our clients at the default settings as a process of its own: `client_process.ts <directory url> [mode]`. Writes its
 * address once it is connected, and a line of its own figures for each line that it is told. In the mode `busy` it sends one
 * message after the other to itself.
 */
import type { MixnetClient } from "../../lib/client/client.ts";
import { startClient } from "../../lib/client/start_client.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { formatRecipient } from "../../lib/message/recipient.ts";
import { parentLines, tellParent } from "./children.ts";
import { watchedConnect } from "./watched_connect.ts";

/** What the process tells. */
export interface ClientFigures {
  /** When it let go of packets since the last line, in milliseconds. */
  readonly departures: readonly number[];
  /** Packets that carried something, so far. */
  readonly real: number;
  /** Packets that carried nothing, so far. */
  readonly cover: number;
}

async function main(): Promise<void> {
  const [network, mode] = Deno.args;
  const departures: number[] = [];
  await using client = await startClient({
    network: network!,
    connect: watchedConnect(() => departures.push(performance.now())),
  });
  const stop = new AbortController();
  const busy = mode === "busy" ? beBusy(client, stop.signal) : undefined;
  tellParent({ address: formatRecipient(client.address) });
  for await (const _ of parentLines()) {
    const { real, cover } = client.counters.outbox;
    tellParent({ departures: departures.splice(0), real, cover });
  }
  stop.abort();
  await busy;
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
