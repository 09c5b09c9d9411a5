import { type Environment, settingsPath } from "../home/paths.ts";
import { exists } from "../home/private_file.ts";
import type { SettingReader, Settings } from "../home/settings.ts";

/**
 * Read our settings file; nothing if there is none. With `onFault`, a value that its key cannot have is taken as it stands.
 *
 * @throws {UsageError} If it cannot be read, is no TOML, or has a key that means nothing or a value that its key cannot have.
 */
export async function readSettingsFile(
  env: Environment,
  onFault?: (fault: unknown) => void,
): Promise<Settings | undefined> {
  const path = settingsPath(env);
  if (path === undefined || !await exists(path)) return undefined;
  // Only whoever has such a file pays for loading the parser.
  const { readSettings } = await import("../home/settings.ts");
  const { SETTING_VALUES } = await import("./setting_values.ts");
  const keys = onFault ? tolerant(SETTING_VALUES, onFault) : SETTING_VALUES;
  return await readSettings({ path, keys });
}

function tolerant(
  keys: Readonly<Record<string, SettingReader>>,
  onFault: (fault: unknown) => void,
): Record<string, SettingReader> {
  const readers = Object.entries(keys).map(([name, read]) => {
    const reader: SettingReader = (table, key) => {
      try {
        return read(table, key);
      } catch (fault) {
        onFault(fault);
        return String(table.value(key));
      }
    };
    return [name, reader] as const;
  });
  return Object.fromEntries(readers);
}
