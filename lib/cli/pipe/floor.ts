import { loadConfig } from "../../home/config_read.ts";
import { DEFAULT_DEBUG } from "../../home/debug.ts";
import { unlinkedPayload } from "../../message/split_plan.ts";
import type { PipeCommand } from "../definitions/pipe.ts";
import type { CommandContext } from "../context.ts";
import { findHome } from "../homes.ts";

/**
 * How many bytes a second of a message can leave a client at most: one packet's worth for each tick of its main stream. That of
 * the home that is meant, else of a client as it comes.
 */
export async function paceOf(
  { url, ephemeral, id }: Pick<PipeCommand, "url" | "ephemeral" | "id">,
  { env }: Pick<CommandContext, "env">,
): Promise<number> {
  let delay = DEFAULT_DEBUG.traffic.messageSendingAverageDelay;
  if (url === undefined && !ephemeral) {
    const home = await findHome(id, env);
    if (home) {
      const { config } = await loadConfig(home.config);
      delay = config.debug.traffic.messageSendingAverageDelay;
    }
  }
  return unlinkedPayload("regular") * 1000 / delay;
}
