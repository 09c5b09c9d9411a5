import { UsageError } from "../../errors.ts";
import type { PluginCommand, Settings } from "../../home/settings.ts";
import type { ErrorPolicy } from "../../plugin/spec.ts";

/** The options of a command that concern plugins. */
export interface PluginOptions {
  readonly plugin?: readonly string[] | undefined;
  readonly set?: readonly string[] | undefined;
  readonly grant?: readonly string[] | undefined;
  readonly trust?: readonly string[] | undefined;
  readonly watch?: true | undefined;
  readonly pluginTakes?: true | undefined;
  readonly onError?: ErrorPolicy | undefined;
}

/** Whether a command has plugins at all: nothing of them is loaded otherwise. */
export function hasPlugins(
  { plugin = [] }: PluginOptions,
  settings: Settings | undefined,
  command: PluginCommand,
): boolean {
  return plugin.length > 0 ||
    settings?.plugins.some(({ commands }) => commands.includes(command)) ===
      true;
}

/**
 * Refuse options of plugins where there are none.
 *
 * @throws {UsageError} Naming the first of them.
 */
export function checkPlugins(
  options: PluginOptions & { readonly exec?: unknown },
): void {
  const { set, grant, trust, watch, pluginTakes, onError, exec } = options;
  const given = Object.entries({
    set,
    grant,
    trust,
    watch,
    "plugin-takes": pluginTakes,
    "on-error": exec === undefined ? onError : undefined,
  }).find(([, value]) => value !== undefined);
  if (!given) return;
  const without = given[0] === "on-error" ? "--plugin or --exec" : "--plugin";
  throw new UsageError(`Cannot use --${given[0]} without ${without}`, {
    hint: "Add --plugin FILE, or leave it out",
  });
}
