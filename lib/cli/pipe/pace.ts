import { NymError } from "../../errors.ts";
import { loadConfig } from "../../home/config_read.ts";
import { DEFAULT_DEBUG } from "../../home/debug.ts";
import { unlinkedPayload } from "../../message/split_plan.ts";
import type { PipeCommand } from "../definitions/pipe.ts";
import type { CommandContext } from "../context.ts";
import { findHome } from "../homes.ts";

/**
 * How many bytes a second of a message can leave a client at most: one packet's worth for each tick of its main stream. That of
 * the home that is meant, else of a client as it comes. Nothing where nobody looks.
 */
export async function paceOf(
  command: Pick<PipeCommand, "url" | "ephemeral" | "id">,
  { env, output }: Pick<CommandContext, "env" | "output">,
): Promise<number | undefined> {
  if (!output.isWatched || output.json) return undefined;
  const delay = await averageDelay(command, env);
  return unlinkedPayload("regular") * 1000 / delay;
}

async function averageDelay(
  { url, ephemeral, id }: Pick<PipeCommand, "url" | "ephemeral" | "id">,
  env: CommandContext["env"],
): Promise<number> {
  const usual = DEFAULT_DEBUG.traffic.messageSendingAverageDelay;
  if (url !== undefined || ephemeral) return usual;
  try {
    const home = await findHome(id, env);
    if (!home) return usual;
    const { config } = await loadConfig(home.config);
    return config.debug.traffic.messageSendingAverageDelay;
  } catch (error) {
    if (!(error instanceof NymError)) throw error;
    return usual; // a client that runs without a home that can be read
  }
}
