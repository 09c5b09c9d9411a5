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

/**
 * Whether a command has plugins at all: nothing of them is loaded otherwise.
 *
 * @throws {UsageError} If it has none, and options for them.
 */
export function hasPlugins(
  options: PluginOptions & { readonly exec?: unknown },
  settings: Settings | undefined,
  command: PluginCommand,
): boolean {
  const declared = settings?.plugins ?? [];
  const isListed = declared.some(({ commands }) => commands.includes(command));
  if (options.plugin !== undefined || isListed) return true;
  const { set, grant, trust, watch, pluginTakes, onError, exec } = options;
  const given = Object.entries({
    set,
    grant,
    trust,
    watch,
    "plugin-takes": pluginTakes,
    "on-error": exec === undefined ? onError : undefined,
  }).find(([, value]) => value !== undefined);
  if (!given) return false;
  const without = given[0] === "on-error" ? "--plugin or --exec" : "--plugin";
  throw new UsageError(`Cannot use --${given[0]} without ${without}`, {
    hint: `Add ${without}, or leave it out`,
  });
}
