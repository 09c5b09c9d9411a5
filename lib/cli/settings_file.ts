import { settingsPath } from "../home/paths.ts";
import { exists } from "../home/private_file.ts";
import type { Settings } from "../home/settings.ts";
import type { Environment } from "./context.ts";
/**
 * Read our settings file; nothing if there is none.
 *
 * @throws {UsageError} If it cannot be read, is no TOML, or has a key that means nothing or a value that its key cannot have.
 */
export async function readSettingsFile(
  env: Environment,
): Promise<Settings | undefined> {
  const path = settingsPath(env);
  if (path === undefined || !await exists(path)) return undefined;
  // Only whoever has such a file pays for loading the parser.
  const { readSettings } = await import("../home/settings.ts");
  const { SETTING_VALUES } = await import("./setting_values.ts");
  return await readSettings({ path, keys: SETTING_VALUES });
}
