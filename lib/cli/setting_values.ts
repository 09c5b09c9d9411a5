import { UsageError } from "../errors.ts";
import { assertClientId } from "../home/paths.ts";
import type { SettingReader } from "../home/settings.ts";
import type { TableReader } from "../home/table.ts";
import { webSocketUrl } from "./definitions/common.ts";
import { WAIT_STAGES } from "./definitions/send.ts";
import { MAX_SURBS } from "./definitions/surbs.ts";
import { parsePatience } from "./parse/duration.ts";

/** What each key of the settings file that stands for a flag may hold. */
export const SETTING_VALUES: Readonly<Record<string, SettingReader>> = {
  id: (table, key) => checked(table, key, assertClientId),
  url: (table, key) => checked(table, key, webSocketUrl),
  to: (table, key) => table.string(key),
  network: (table, key) => table.string(key),
  timeout: (table, key) => checked(table, key, parsePatience),
  wait: (table, key) => table.oneOf(key, WAIT_STAGES),
  surbs: (table, key) =>
    table.value(key) === "auto"
      ? "auto"
      : table.integer(key, { max: MAX_SURBS })?.toString(),
  color: (table, key) => table.oneOf(key, ["auto", "always", "never"]),
  "log_addresses": (table, key) => table.boolean(key)?.toString(),
};

function checked(
  table: TableReader,
  key: string,
  parse: (text: string) => unknown,
): string | undefined {
  const text = table.string(key);
  if (text === undefined) return undefined;
  try {
    parse(text);
    return text;
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw table.fault(key, cause.message.replace(/^Cannot use /, "no "), {
      cause,
    });
  }
}
