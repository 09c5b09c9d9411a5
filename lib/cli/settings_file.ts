import { UsageError } from "../errors.ts";
import type { Environment } from "./context.ts";
import { SETTINGS, type SettingsFile } from "./settings.ts";

/** Where our settings file is: below `XDG_CONFIG_HOME`, else below `.config` in the user's own folder. */
export function settingsPath(env: Environment): string | undefined {
  const config = env.get("XDG_CONFIG_HOME");
  const home = env.get("HOME");
  if (config) return `${config}/nymwire/config.toml`;
  return home ? `${home}/.config/nymwire/config.toml` : undefined;
}

/**
 * Read our settings file; nothing if there is none.
 *
 * @throws {UsageError} If it cannot be read, is no TOML, or sets a single value that there is no setting for.
 */
export async function readSettingsFile(
  env: Environment,
): Promise<SettingsFile | undefined> {
  const path = settingsPath(env);
  const text = path && await readIfThere(path);
  if (path === undefined || text === undefined) return undefined;
  // Only whoever has such a file pays for loading the parser.
  const { readStrictToml } = await import("../home/toml.ts");
  const table = await readStrictToml(text, path);
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(table)) {
    if (!isScalar(value)) continue;
    if (!SETTINGS.some((setting) => setting.key === key)) {
      throw new UsageError(
        `Cannot use ${key} in ${path}: there is no such setting`,
        {
          hint: `Choose from: ${SETTINGS.map(({ key }) => key).join(", ")}`,
        },
      );
    }
    values[key] = String(value);
  }
  return { path, values };
}

function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    if (
      cause instanceof Deno.errors.NotFound ||
      cause instanceof Deno.errors.NotADirectory
    ) return undefined;
    throw new UsageError(`Cannot read ${path}: ${(cause as Error).message}`, {
      cause,
      hint: "Make it readable, or move it away",
    });
  }
}
