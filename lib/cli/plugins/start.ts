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
  const { checkPlugins, hasPlugins } = await import("./given.ts");
  if (hasPlugins(command, context.settings, name)) {
    const { openPlugins } = await import("./open.ts");
    return await openPlugins(command, name, context, options);
  }
  checkPlugins(command);
  return undefined;
}
