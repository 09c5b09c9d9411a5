import { UsageError } from "../../errors.ts";
import type { PluginCommand, Settings } from "../../home/settings.ts";
import { type Grant, parseGrant } from "../../plugin/grant.ts";
import type { PluginSpec } from "../../plugin/spec.ts";
import type { PluginOptions } from "./given.ts";

/**
 * The chain of a command: what the settings declare for it, in their order, then what the command line names.
 *
 * @throws {UsageError} If an option names no plugin of the chain, or cannot be read.
 */
export function pluginSpecs(
  options: PluginOptions,
  settings: Settings | undefined,
  command?: PluginCommand,
): PluginSpec[] {
  const declared = (settings?.plugins ?? []).filter(({ commands }) =>
    command === undefined || commands.includes(command)
  );
  const specs = [
    ...declared.map((setting): PluginSpec => ({
      name: pluginName(setting.file),
      file: setting.file,
      sets: Object.entries(setting.set).map(([key, text]) => ({ key, text })),
      grants: setting.grants.map(parseGrant),
      trusted: setting.trust,
      onError: setting.onError,
    })),
    ...(options.plugin ?? []).map((file): PluginSpec => {
      const path = shippedOr(file);
      return { name: pluginName(path), file: path };
    }),
  ];
  const names = specs.map(({ name }) => name);
  const sets = (options.set ?? []).map((text) =>
    named("--set", text, "NAME.KEY=VALUE", names)
  );
  const grants = (options.grant ?? []).map((text) =>
    named("--grant", text, "NAME.KIND=VALUE", names)
  );
  for (const name of options.trust ?? []) needName("--trust", name, names);
  return specs.map((spec) => ({
    ...spec,
    sets: [
      ...spec.sets ?? [],
      ...ofName(sets, spec.name).map(({ key, value: text }) => ({ key, text })),
    ],
    grants: [
      ...spec.grants ?? [],
      ...ofName(grants, spec.name).map(({ key, value }): Grant =>
        parseGrant(`${key}=${value}`)
      ),
    ],
    trusted: spec.trusted || options.trust?.includes(spec.name) || false,
    onError: options.onError ?? spec.onError,
  }));
}

/** What the user calls a plugin: the name of its file without the ending. */
export function pluginName(file: string): string {
  return file.replace(/^.*[\\/]/, "").replace(/\.[^.]*$/, "");
}

/** A bare word is one of the plugins that come with us. */
export function shippedOr(file: string): string {
  if (!/^[\w-]+$/.test(file) || !import.meta.url.startsWith("file:")) {
    return file;
  }
  return new URL(`../../../plugins/${file}.ts`, import.meta.url).href;
}

interface Named {
  readonly name: string;
  readonly key: string;
  readonly value: string;
}

function ofName(list: readonly Named[], name: string): readonly Named[] {
  return list.filter((one) => one.name === name);
}

function named(
  flag: string,
  text: string,
  shape: string,
  names: readonly string[],
): Named {
  const [, name, key, value] = /^([\w-]+)\.([\w-]+)=([^]*)$/.exec(text) ?? [];
  if (name === undefined) {
    throw new UsageError(
      `Cannot use ${flag}: need ${shape}, have ${JSON.stringify(text)}`,
    );
  }
  needName(flag, name, names);
  return { name, key: key!, value: value! };
}

function needName(flag: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  throw new UsageError(
    `Cannot use ${flag} for ${name}: there is no such plugin in the chain`,
    {
      hint: names.length === 0
        ? "Add --plugin FILE"
        : `Choose from: ${names.join(", ")}`,
    },
  );
}
