import { EXIT, NymError, UsageError } from "../../errors.ts";
import type {
  PluginCommand,
  PluginSetting,
  Settings,
} from "../../home/settings.ts";
import { type Grant, parseGrant } from "../../plugin/grant.ts";
import type { PluginSpec } from "../../plugin/spec.ts";
import { parseDuration } from "../parse/duration.ts";
import type { PluginOptions } from "./given.ts";
import { shippedOr } from "./shipped.ts";

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
    ...declared.map((setting) => declaredSpec(setting, settings!.path)),
    ...(options.plugin ?? []).map(namedSpec),
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
        readIn("--grant", () => parseGrant(`${key}=${value}`))
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

function declaredSpec(setting: PluginSetting, path: string): PluginSpec {
  const { set, grants, trust, onError, timeout, memory } = setting;
  const { name, file } = namedSpec(setting.file);
  const place = `the [[plugin]] of ${name} in ${path}`;
  return {
    name,
    file,
    sets: Object.entries(set).map(([key, text]) => ({ key, text })),
    grants: grants.map((text) => readIn(place, () => parseGrant(text))),
    trusted: trust,
    onError,
    timeout: timeout === undefined ? undefined : parseDuration(timeout),
    memory,
  };
}

function namedSpec(given: string): PluginSpec {
  const file = shippedOr(given);
  return { name: pluginName(file), file };
}

/** Read something that the user wrote, and say where it stands if it cannot be. */
function readIn<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof NymError)) throw cause;
    const { message, hint } = cause;
    const exitCode = EXIT.usage;
    const options = { cause, hint, exitCode };
    throw new UsageError(
      `Cannot use ${place}: ${message.replace(/^Cannot read /, "")}`,
      options,
    );
  }
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
