import { dirname, isAbsolute, join } from "./paths.ts";
import { whileThere } from "./private_file.ts";
import { TableReader } from "./table.ts";
import { readStrictToml, type TomlTable } from "./toml.ts";

/** Commands whose messages can go through a chain of plugins. */
const PLUGIN_COMMANDS = ["send", "listen", "request", "run"] as const;

/** A command whose messages can go through a chain of plugins. */
export type PluginCommand = "send" | "listen" | "request" | "run";

/** What becomes of a message that a plugin failed on. */
const ON_ERROR = ["keep", "drop", "dead-letter", "fail"] as const;

/** What becomes of a message that a plugin failed on. */
export type OnError = "keep" | "drop" | "dead-letter" | "fail";

/** A plugin in a chain: one `[[plugin]]` of the settings file. */
export interface PluginSetting {
  /** The plugin's file, as an absolute path; or a bare word, one that comes with us. */
  readonly file: string;
  /** The commands that it takes part in. */
  readonly commands: readonly PluginCommand[];
  /** What it is told, as `--set` would; lists and tables as JSON. */
  readonly set: Readonly<Record<string, string>>;
  /** What it may do, such as `net=host:443`, as `--grant` would. */
  readonly grants: readonly string[];
  /** Whether it may do all that we can, as `--trust` would. */
  readonly trust: boolean;
  /** What becomes of a message that it failed on. */
  readonly onError: OnError | undefined;
  /** How long it may take for a message: a duration. */
  readonly timeout: string | undefined;
  /** How much its values may take, in MiB. */
  readonly memory: number | undefined;
}

/** Our settings file. */
export interface Settings {
  /** Where it is. */
  readonly path: string;
  /** Single values by key, as text. */
  readonly values: Readonly<Record<string, string>>;
  /** Web pages that may talk to the local websocket. */
  readonly allowedOrigins: readonly string[];
  /** Plugins, in the order that messages go through them. */
  readonly plugins: readonly PluginSetting[];
}

/** Takes a single value out of the file, as text; throws what {@linkcode TableReader} throws if it is not what it must be. */
export type SettingReader = (
  table: TableReader,
  key: string,
) => string | undefined;

/** Options of {@linkcode decodeSettings}. */
export interface DecodeSettingsOptions {
  /** Where the text came from: errors name it, and paths in it start from its folder. */
  path: string;
  /** Keys of single values that mean something, and what they may hold; a plugin's `timeout` is read as that of commands. */
  keys: Readonly<Record<string, SettingReader>>;
  /** The text itself: with it errors tell line and column. */
  text?: string | undefined;
}

/**
 * Read our settings file; nothing if there is none.
 *
 * @throws {UsageError} If it is no TOML, or has a key that means nothing or has the wrong type.
 */
export async function readSettings(
  { path, keys }: DecodeSettingsOptions,
): Promise<Settings | undefined> {
  const text = await whileThere(() => Deno.readTextFile(path));
  if (text === undefined) return undefined;
  const table = await readStrictToml(text, path);
  return decodeSettings(table, { path, keys, text });
}

/**
 * Take the settings out of a parsed file.
 *
 * @throws {UsageError} If it has a key that means nothing or has the wrong type, naming it.
 */
export function decodeSettings(
  table: TomlTable,
  { path, keys, text }: DecodeSettingsOptions,
): Settings {
  const reader = new TableReader(table, "", path, text);
  const values: Record<string, string> = {};
  for (const [key, read] of Object.entries(keys)) {
    const value = read(reader, key);
    if (value !== undefined) values[key] = value;
  }
  const allowedOrigins = readOrigins(reader);
  const plugins = (reader.tables("plugin") ?? []).map((plugin) =>
    readPlugin(plugin, dirname(path), keys)
  );
  reader.end();
  return { path, values, allowedOrigins, plugins };
}

function readOrigins(reader: TableReader): string[] {
  const key = "allowed_origins";
  return (reader.strings(key) ?? []).map((text, index) => {
    const origin = URL.canParse(text) ? new URL(text).origin : "null";
    if (origin !== "null" && origin === text.replace(/\/$/, "")) return origin;
    throw reader.fault(
      `${key}[${index}]`,
      `need an origin such as https://app.example, have ${
        JSON.stringify(text)
      }`,
    );
  });
}

function readPlugin(
  plugin: TableReader,
  folder: string,
  keys: DecodeSettingsOptions["keys"],
): PluginSetting {
  const readTimeout: SettingReader = keys["timeout"] ??
    ((table, key) => table.string(key));
  const file = plugin.required("file", plugin.string("file"));
  const commands = plugin.strings("commands") ?? ["listen"];
  for (const [index, command] of commands.entries()) {
    if (PLUGIN_COMMANDS.some((known) => known === command)) continue;
    throw plugin.fault(
      `commands[${index}]`,
      `need ${PLUGIN_COMMANDS.join(", ")}, have ${JSON.stringify(command)}`,
    );
  }
  const set: Record<string, string> = {};
  const table = plugin.table("set");
  for (const key of table?.rest() ?? []) set[key] = readSet(table!, key);
  const setting = {
    file: isAbsolute(file) || isBareWord(file) ? file : join(folder, file),
    commands: commands as PluginSetting["commands"],
    set,
    grants: plugin.strings("grants") ?? [],
    trust: plugin.boolean("trust") ?? false,
    onError: plugin.oneOf("on_error", ON_ERROR),
    timeout: readTimeout(plugin, "timeout"),
    memory: plugin.integer("memory", { min: 16, max: 65_536 }),
  };
  plugin.end();
  return setting;
}

function readSet(reader: TableReader, key: string): string {
  const value = reader.value(key);
  if (!(value instanceof Date)) {
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }
  throw reader.fault(key, "need text, a number, true or false, have a date");
}

function isBareWord(file: string): boolean {
  return /^[\w-]+$/.test(file);
}
