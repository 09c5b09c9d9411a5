import { MessageHub } from "../../lib/daemon/hub.ts";
import { serveStock } from "../../lib/daemon/stock_server.ts";
import { connectWs } from "../../lib/transport/ws_connect.ts";
import { MemoryMailbox } from "../support/memory_mailbox.ts";
import { figure, median } from "./stats.ts";

const RUNS = 5;

/** Messages a second that the local websocket hands out, each to every consumer, all ends in one process; binary. */
export async function benchWebsocket(): Promise<string> {
  const figures: string[] = [];
  for (const consumers of [1, 10]) {
    for (const [size, count] of [[100, 20_000], [100_000, 500]] as const) {
      const rates: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        rates.push(await pushes({ size, count, consumers }));
      }
      const name = size < 1000 ? `${size} B` : `${size / 1000} KB`;
      const perSecond = Math.round(median(rates)).toLocaleString("en");
      const megabytes = figure(median(rates) * size * consumers / 1e6);
      figures.push(
        `${name} to ${consumers}: ${perSecond}/s (${megabytes} MB/s)`,
      );
    }
  }
  return `local websocket, ${figures.join(", ")}`;
}

async function pushes(
  { size, count, consumers }: {
    size: number;
    count: number;
    consumers: number;
  },
): Promise<number> {
  await using mailbox = new MemoryMailbox();
  const onFailure = (reason: unknown) => {
    throw reason;
  };
  await using hub = new MessageHub({ mailbox, onFailure });
  await using server = await serveStock({
    mailbox,
    hub,
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
  });
  const programs = await Promise.all(
    Array.from({ length: consumers }, () => connectWs(server.url)),
  );
  while (hub.consumers < consumers) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const body = new Uint8Array(size);
  const start = performance.now();
  for (let i = 0; i < count; i++) mailbox.deliver(body);
  await Promise.all(programs.map(async (program) => {
    let had = 0;
    for await (const _ of program.frames) if (++had === count) break;
  }));
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(
    programs.map((program) => program[Symbol.asyncDispose]()),
  );
  return count / seconds;
}
