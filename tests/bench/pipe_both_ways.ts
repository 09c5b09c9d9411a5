import { systemClock } from "../../lib/async/clock.ts";
import { unlinkedPayload } from "../../lib/message/split_plan.ts";
import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import {
  type BothWaysOutcome,
  carryBothWays,
  type SideOutcome,
} from "../support/both_ways.ts";
import { OTHER_ADDRESS } from "../support/fake_mailbox.ts";
import { StockPost } from "../support/stock_post.ts";
import { closedPort, Testbed } from "../support/testbed.ts";
import { figure } from "./stats.ts";

const MB = 1_000_000;

/** What one direction can be at most, in bytes a second. */
const CEILING = unlinkedPayload("regular") * 1000 /
  DEFAULT_DEBUG.traffic.messageSendingAverageDelay;

/** What is done to the packets, and whether the listener's client is killed and started again on the way. */
interface Fate {
  readonly faults: readonly string[];
  readonly restarts?: boolean;
}

/** All that can happen, by name. */
export const FATES: Readonly<Record<string, Fate>> = {
  "no loss": { faults: [] },
  "5 % loss": { faults: ["--loss", "5"] },
  "packets that overtake each other": { faults: ["--delay", "50ms"] },
  "a client killed and started again": { faults: [], restarts: true },
};

/**
 * Both ways at once at the default settings, cover included, every client and command a process of its own: whether the
 * bytes are equal to the last bit, and how long they take.
 */
export async function benchPipeBothWays(
  { large }: { large: boolean },
): Promise<string> {
  const figures: string[] = [];
  const size = large ? 10 * MB : MB;
  for (const [name, fate] of Object.entries(FATES)) {
    figures.push(`${name}: ${await carry(fate, size)}`);
  }
  figures.push(`over doubles of stock clients: ${await carryOverStock(size)}`);
  return figures.join("; ");
}

/** Carry so many bytes each way; what has come of it, in words. */
export async function carry(
  { faults, restarts = false }: Fate,
  size: number,
): Promise<string> {
  await using bed = await Testbed.create();
  const { apiUrl } = await bed.network("--port", "0", ...faults);
  const network = ["--network", apiUrl];
  await bed.initAtDefaults("caller", ...network);
  const address = await bed.initAtDefaults("listener", ...network);
  const port = String(closedPort());
  const running = await bed.run("listener", "--port", port);
  return told(
    await carryBothWays({
      listen: ["--url", running.url, "--anyone"],
      call: ["--id", "caller", "--to", address],
      env: bed.env,
      size,
      ...restarts && {
        midway: async () => {
          running.process.kill("SIGKILL");
          await running.process.outcome();
          await bed.run("listener", "--port", port);
        },
      },
    }),
  );
}

/** The same over doubles of stock nym-clients, which know no pace: what the format and the websocket take. */
async function carryOverStock(size: number): Promise<string> {
  await using bed = await Testbed.create();
  await using post = new StockPost({ clock: systemClock });
  return told(
    await carryBothWays({
      listen: ["--url", post.listener.url, "--anyone"],
      call: ["--url", post.caller.url, "--to", OTHER_ADDRESS],
      env: bed.env,
      size,
    }),
  );
}

function told({ caller, listener }: BothWaysOutcome): string {
  return [["up", listener] as const, ["down", caller] as const]
    .map(([way, side]) => `${way} ${outcomeText(side)}`)
    .join(", ");
}

function outcomeText(
  { code, size, isEqual, told, milliseconds }: SideOutcome,
): string {
  const megabytes = `${figure(size / MB)} MB`;
  if (code !== 0) return `exit ${code} after ${megabytes} (${told.trim()})`;
  const rate = size / milliseconds * 1000;
  return `${megabytes} ${isEqual ? "equal to the last bit" : "DIFFERENT"} in ${
    figure(milliseconds / 1000)
  } s, ${figure(rate / 1000)} kB/s (${figure(rate / CEILING)})`;
}
