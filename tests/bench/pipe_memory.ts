import { PipePair } from "./pipe_pair.ts";
import type { PipeFigures } from "./pipe_process.ts";
import { figure } from "./stats.ts";

const MB = 1_000_000;

/** As often for little as for much: the most of many looks is more than the most of a few. */
const LOOKS = 20;

/**
 * What both sides of a stream hold at most while much is carried, against little, as fast as the machine can: what is in use after
 * a collection, and what the process has of the system, which grows with how fast the runtime allocates.
 */
export async function benchPipeMemory(
  { large }: { large: boolean },
): Promise<string> {
  const figures: string[] = [];
  for (const size of [MB, 10 * MB, ...large ? [100 * MB] : []]) {
    await using pair = await PipePair.open("quick", 0, size / LOOKS);
    const { caller, listener } = await pair.carry({ up: size, down: 0 });
    figures.push(
      `${size / MB} MB carried: caller ${text(caller)}, listener ${
        text(listener)
      }`,
    );
  }
  return figures.join("; ");
}

function text({ used, rss }: PipeFigures): string {
  return `${figure(used / MB)} MB in use (${figure(rss / MB)} resident)`;
}
