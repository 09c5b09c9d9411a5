import type { PluginCommand } from "../../home/settings.ts";
import type { CommandContext } from "../context.ts";
import type { OpenPluginsOptions, Plugins, WithPlugins } from "./open.ts";

/** Start the plugins of a command, if it has any: whoever has none pays nothing for them. */
export async function startPlugins(
  command: WithPlugins,
  name: PluginCommand,
  context: CommandContext,
  options: OpenPluginsOptions = {},
): Promise<Plugins | undefined> {
  const { hasPlugins } = await import("./given.ts");
  if (hasPlugins(command, context.settings, name)) {
    const { openPlugins } = await import("./open.ts");
    try {
      return await openPlugins(command, name, context, options);
    } catch (error) {
      const { signal } = context;
      // Being told to end is an ordinary end of `listen`, which it comes to by itself.
      const isToldToEnd = signal.aborted && error === signal.reason;
      if (name !== "listen" || !isToldToEnd) throw error;
      const { noPlugins } = await import("./none.ts");
      return await noPlugins(error, context);
    }
  }
  return undefined;
}
