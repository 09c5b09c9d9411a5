import { openPluginChain } from "../../plugin/open_chain.ts";
import type { CommandContext } from "../context.ts";
import { hostOptions, type Plugins } from "./open.ts";

/** In place of plugins that were not started because of `reason`: no message gets past them, and none is taken. */
export async function noPlugins(
  reason: unknown,
  context: CommandContext,
): Promise<Plugins> {
  const refuse = () => Promise.reject(reason);
  const chain = await openPluginChain([], {
    ...hostOptions(context),
    deadLetter: refuse,
  });
  const close = () => chain.close();
  return {
    chain,
    use() {},
    through: () => ({ deliver: refuse }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
