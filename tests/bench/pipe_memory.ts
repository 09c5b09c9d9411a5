import { PipePair } from "./pipe_pair.ts";
import { figure } from "./stats.ts";

const MB = 1_000_000;

/** What both sides of a stream hold at most while much is carried, against little, as fast as the machine can. */
export async function benchPipeMemory(
  { large }: { large: boolean },
): Promise<string> {
  const rss: string[] = [];
  for (const size of [MB, large ? 100 * MB : 10 * MB]) {
    await using pair = await PipePair.open("quick", 0);
    const { caller, listener } = await pair.carry({ up: size, down: 0 });
    rss.push(
      `${figure(caller.rss / MB)} and ${figure(listener.rss / MB)} MB for ${
        size / MB
      } MB`,
    );
  }
  return `caller and listener: ${rss.join(", ")}`;
}
