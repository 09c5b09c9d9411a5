import { OfficialClient } from "../support/official_client.ts";
import { BenchProcess } from "./children.ts";
import type { ClientFigures } from "./client_process.ts";
import { processUse } from "./proc.ts";
import { figure } from "./stats.ts";

/** Clients get so long to settle, and are then watched for so long. */
const SETTLE_MS = 5000;
const WATCH_MS = 60_000;

/**
 * What an idle client costs at the default cover traffic: our library and the official client, each in a process of its own,
 * on one network at the same time.
 */
export async function benchIdle(): Promise<string> {
  await using network = BenchProcess.start("./network_process.ts");
  const { apiUrl } = await network.next<{ apiUrl: string }>();
  await using ours = BenchProcess.start("./client_process.ts", [apiUrl]);
  await ours.next();
  await using official = await OfficialClient.start({
    id: "bench",
    apiUrl,
    cover: true,
  });
  await pause(SETTLE_MS);
  const sentBefore = await packetsOf(ours);
  const before = await usesOf(ours, official);
  await pause(WATCH_MS);
  const sent = await packetsOf(ours) - sentBefore;
  const after = await usesOf(ours, official);
  const [here, there] = after.map(({ cpu, rss, at }, i) => {
    const seconds = (at - before[i]!.at) / 1000;
    const share = 100 * (cpu - before[i]!.cpu) / seconds;
    return `${figure(share)} % of a core and ${figure(rss)} MB`;
  });
  const rate = sent / ((after[0]!.at - before[0]!.at) / 1000);
  return `ours ${here} at ${figure(rate)} packets/s, official client ${there}`;
}

function usesOf(...processes: readonly { readonly pid: number }[]) {
  return Promise.all(processes.map(({ pid }) => processUse(pid)));
}

async function packetsOf(client: BenchProcess): Promise<number> {
  await client.tell("figures");
  const { real, cover } = await client.next<ClientFigures>();
  return real + cover;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
