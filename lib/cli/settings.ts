import type { CommandUnknownOpts, Option } from "commander";
import { UsageError } from "../errors.ts";
import type { Settings } from "../home/settings.ts";
import type { Environment } from "./context.ts";

/** Where a value may come from, strongest first. */
export type Origin = "flag" | "environment" | "settings" | "client" | "default";

/** A setting that flags, the environment and our settings file can give. */
export interface Setting {
  /** The option's name in camel case. */
  readonly option: string;
  /** The environment variable. */
  readonly variable: string;
  /** The key of the settings file. */
  readonly key: string;
  /** Settings of one group are one decision: the strongest origin that names any of them hides the weaker origins. */
  readonly group?: "client" | "target";
}

/** Every setting that is not a flag alone. */
export const SETTINGS: readonly Setting[] = [
  { option: "id", variable: "NYMWIRE_ID", key: "id", group: "client" },
  { option: "url", variable: "NYMWIRE_URL", key: "url", group: "client" },
  { option: "to", variable: "NYMWIRE_TO", key: "to", group: "target" },
  { option: "network", variable: "NYMWIRE_NETWORK", key: "network" },
  { option: "timeout", variable: "NYMWIRE_TIMEOUT", key: "timeout" },
  { option: "wait", variable: "NYMWIRE_WAIT", key: "wait" },
  { option: "surbs", variable: "NYMWIRE_SURBS", key: "surbs" },
  { option: "color", variable: "NYMWIRE_COLOR", key: "color" },
  {
    option: "logAddresses",
    variable: "NYMWIRE_LOG_ADDRESSES",
    key: "log_addresses",
  },
];

/** What to do about a value that cannot be read, wherever it stands. */
const HINT = "See where values come from with: nymwire help settings";

/** Flags that belong to a group without being settings. */
const GROUP_FLAGS = {
  client: ["ephemeral"],
  target: ["toFile", "replyTo"],
} as const;

/**
 * Give a parsed command the values that no flag named: from the environment, else from the settings file.
 *
 * @throws {UsageError} If one of them cannot be read, naming where it stands.
 */
export function applySettings(
  command: CommandUnknownOpts,
  env: Environment,
  file: Pick<Settings, "path" | "values"> | undefined,
): void {
  const decided = new Set(
    (Object.keys(GROUP_FLAGS) as (keyof typeof GROUP_FLAGS)[]).filter((group) =>
      isDecided(command, group)
    ),
  );
  applyFrom(
    (setting) => env.get(setting.variable),
    (setting) => setting.variable,
  );
  for (
    const group of Object.keys(GROUP_FLAGS) as (keyof typeof GROUP_FLAGS)[]
  ) {
    if (isDecided(command, group)) decided.add(group);
  }
  if (file === undefined) return;
  applyFrom(
    (setting) => file.values[setting.key],
    (setting) => `${setting.key} in ${file.path}`,
  );

  function applyFrom(
    find: (setting: Setting) => string | undefined,
    name: (setting: Setting) => string,
  ): void {
    for (const setting of SETTINGS) {
      if (setting.group !== undefined && decided.has(setting.group)) continue;
      const option = command.options.find((option) =>
        option.attributeName() === setting.option
      );
      const text = find(setting);
      if (!option || text === undefined || text === "") continue;
      if (command.getOptionValue(setting.option) !== undefined) continue;
      // A flag that excludes it is stronger.
      const { conflictsWith } = option as Option & { conflictsWith: string[] };
      const isExcluded = conflictsWith.some((name) =>
        command.getOptionValueSource(name) === "cli"
      );
      if (isExcluded) continue;
      const value = parseAs(option, text, name(setting));
      command.setOptionValueWithSource(setting.option, value, "config");
    }
  }
}

function isDecided(
  command: CommandUnknownOpts,
  group: keyof typeof GROUP_FLAGS,
): boolean {
  const options = [
    ...SETTINGS.filter((setting) => setting.group === group).map((setting) =>
      setting.option
    ),
    ...GROUP_FLAGS[group],
  ];
  return options.some((option) => command.getOptionValue(option) !== undefined);
}

function parseAs(option: Option, text: string, origin: string): unknown {
  if (!option.required && !option.optional) return isTrue(text, origin);
  if (option.argChoices && !option.argChoices.includes(text)) {
    throw new UsageError(
      `Cannot use ${origin}: need one of ${
        option.argChoices.join(", ")
      }, have ${JSON.stringify(text)}`,
      { hint: HINT },
    );
  }
  if (!option.parseArg) return text;
  const parse = option.parseArg as (text: string, before: unknown) => unknown;
  try {
    return parse(text, undefined);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // The option's reader names the flag, which nobody typed.
    const fault = error.message.replace(/^Cannot use --[\w-]+: /, "");
    throw new UsageError(`Cannot use ${origin}: ${fault}`, {
      cause: error,
      hint: HINT,
    });
  }
}

function isTrue(text: string, origin: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  throw new UsageError(
    `Cannot use ${origin}: need true or false, have ${JSON.stringify(text)}`,
    { hint: HINT },
  );
}
