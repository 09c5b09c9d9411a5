import { EXIT, type ExitCode } from "../../errors.ts";
import type { ClientConfig } from "../../home/config.ts";
import { listConfig } from "../../home/config_origins.ts";
import { type ConfigFile, loadConfig } from "../../home/config_read.ts";
import { readHomeNetwork } from "../../home/home_network.ts";
import { PUBLIC_NETWORKS } from "../../home/network.ts";
import { homeBase, type HomePaths, settingsPath } from "../../home/paths.ts";
import type { CommandContext } from "../context.ts";
import type { ConfigShowCommand } from "../definitions/care.ts";
import { withoutTokens } from "../escape.ts";
import { findHome, listHomes } from "../homes.ts";
import { type Origin, SETTINGS } from "../settings.ts";

/** A value in force, and where it comes from. */
interface Shown {
  readonly key: string;
  readonly value: string | null;
  /** `flag`, `environment NAME`, `settings`, `client` or `default`. */
  readonly origin: string;
}

/** What applies where nobody says anything. */
const BUILT_IN: Readonly<Record<string, string>> = {
  network: "mainnet",
  surbs: "0",
  color: "auto",
  "log_addresses": "false",
};

/** Run `config show`: every value with its origin. */
export async function runConfigShow(
  command: ConfigShowCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const { output } = context;
  const { client, network, fault } = await lookAtHome(command, context);
  const shown = [
    ...placesOf(context),
    ...ownSettings(command, context).map((own): Shown =>
      own.key === "network" && own.origin === "default" && network
        ? { ...own, value: network, origin: "client" }
        : own
    ),
    // What the client's own `config.toml` says, if it is clear which client is meant.
    ...client ? listConfig(client) : [],
  ];
  const width = Math.max(
    ...shown.map(({ key, value }) => `${key} = ${value ?? ""}`.length),
  );
  for (const { key, value: said, origin } of shown) {
    const value = said && withoutTokens(said);
    if (output.json) await output.record("setting", { key, value, origin });
    else {
      const left = `${key} = ${value ?? ""}`.trimEnd();
      await output.print(`${left.padEnd(Math.min(width, 60))}  # ${origin}`);
    }
  }
  // What is in force is shown all the same.
  if (fault !== undefined) throw fault;
  return EXIT.ok;
}

/** What the home that is meant says, or what is wrong with it. */
async function lookAtHome(
  command: ConfigShowCommand,
  context: CommandContext,
): Promise<{ client?: ConfigFile; network?: string; fault?: unknown }> {
  try {
    const home = await homeOf(command, context);
    if (!home) return {};
    const client = await loadConfig(home.config);
    return { client, network: await networkOf(home, client.config) };
  } catch (fault) {
    // What was just typed is no setting to be looked at.
    if (command.given.includes("id")) throw fault;
    return { fault };
  }
}

/** The home that is meant; where several could be, what they have in common is shown. */
async function homeOf(
  { id }: ConfigShowCommand,
  { env }: CommandContext,
): Promise<HomePaths | undefined> {
  if (id === undefined && (await listHomes(homeBase(env))).length > 1) return;
  return await findHome(id, env);
}

function placesOf({ env, settings }: CommandContext): Shown[] {
  const homes = ["NYMWIRE_HOME", "NYM_HOME_DIR", "HOME", "USERPROFILE"]
    .find((name) => env.get(name));
  const file = settingsPath(env) ?? null;
  return [
    { key: "homes", value: homeBase(env), origin: `environment ${homes}` },
    {
      key: "settings_file",
      value: file,
      origin: settings ? "settings" : "default",
    },
  ];
}

function ownSettings(
  command: ConfigShowCommand,
  { env, settings }: CommandContext,
): Shown[] {
  const flags: Record<string, unknown> = { ...command };
  /** Who decides about a group: whatever is weaker is not looked at. */
  const decided = new Map<string, Origin>();
  const shown = new Map<string, Shown>();
  for (const from of ["flag", "environment", "settings"] as const) {
    for (const { option, variable, key, group = key } of SETTINGS) {
      const value = from === "flag"
        ? command.given.includes(option) ? String(flags[option]) : undefined
        : from === "environment"
        ? env.get(variable) || undefined
        : settings?.values[key];
      if (value === undefined || (decided.get(group) ?? from) !== from) {
        continue;
      }
      decided.set(group, from);
      const origin = from === "environment" ? `${from} ${variable}` : from;
      shown.set(key, { key, value, origin });
    }
  }
  if ((shown.get("color")?.value ?? "auto") === "auto" && env.get("NO_COLOR")) {
    const origin = "environment NO_COLOR";
    shown.set("color", { key: "color", value: "never", origin });
  }
  const { allowedOrigins = [], plugins = [] } = settings ?? {};
  return [
    ...SETTINGS.map(({ key }): Shown =>
      shown.get(key) ??
        { key, value: BUILT_IN[key] ?? null, origin: "default" }
    ),
    {
      key: "allowed_origins",
      value: allowedOrigins.join(" ") || null,
      origin: allowedOrigins.length > 0 ? "settings" : "default",
    },
    ...plugins.map(({ file }): Shown => ({
      key: "plugin",
      value: file,
      origin: "settings",
    })),
  ];
}

/** The network that a home is on, in the words of `--network`. */
async function networkOf(
  home: HomePaths,
  { nymApiUrls }: ClientConfig,
): Promise<string> {
  const remembered = await readHomeNetwork(home);
  if (remembered !== undefined) {
    return remembered.kind === "local" ? "local" : remembered.file;
  }
  const urls = nymApiUrls.join(",");
  const named = Object.entries(PUBLIC_NETWORKS).find(([, { apiUrls }]) =>
    apiUrls.join(",") === urls
  );
  return named?.[0] ?? urls;
}
