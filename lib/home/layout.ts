import { isTable, type TomlTable } from "./toml.ts";

/** The version of the official client whose layout we write. */
export const LAYOUT_VERSION = "1.1.76";

/** Layouts of `config.toml` that came before the current one, by the versions that wrote them, oldest first. */
export const OLD_LAYOUTS = [
  "0.11",
  "0.12",
  "1.0",
  "1.1.0-1.1.3",
  "1.1.4-1.1.13",
  "1.1.14-1.1.21",
  "1.1.20-2",
  "1.1.22-1.1.33",
  "1.1.34-1.1.54",
] as const;

/** The name of an old layout. */
export type OldLayout = typeof OLD_LAYOUTS[number];

/** What a `config.toml` looks like. */
export type Layout =
  | { readonly kind: "current" }
  | { readonly kind: "old"; readonly layout: OldLayout }
  /** Written by a version that came after ours, in a way that ours does not know. */
  | { readonly kind: "future"; readonly version: string }
  /** Not a client's at all, or only half of one. */
  | { readonly kind: "unknown" };

/** Sections under `[debug]` since settings there are no longer flat. */
const DEBUG_SECTIONS = [
  "traffic",
  "cover_traffic",
  "gateway_connection",
  "acknowledgements",
  "topology",
  "reply_surbs",
];

/** Settings that came and went between 1.1.34 and 1.1.54, and that the official client refuses today. */
const GONE_REPLY_SETTINGS = ["maximum_reply_surb_age", "fresh_sender_tags"];

/**
 * Recognise the layout by what is in the file. The version it names says little: migrations of the official client leave it
 * as it is.
 */
export function detectLayout(config: TomlTable): Layout {
  const client = tableIn(config, "client");
  const storage = tableIn(config, "storage_paths");
  const version = client.version;
  if ("gateway_registrations" in storage) {
    return hasOldSettings(config) ? old("1.1.34-1.1.54") : { kind: "current" };
  }
  if ("gateway_details" in storage) return old("1.1.22-1.1.33");
  const endpoint = "gateway_endpoint" in client;
  if ("storage_paths" in config && endpoint) return old("1.1.20-2");
  if (endpoint) return old(withEndpoint(config, client));
  if ("gateway_id" in client) {
    return old("validator_api_urls" in client ? "0.12" : "0.11");
  }
  return typeof version === "string" && isNewer(version)
    ? { kind: "future", version }
    : { kind: "unknown" };
}

/** Whether a version is newer than the one whose layout we write. */
export function isNewer(version: string): boolean {
  const theirs = numbersOf(version);
  const ours = numbersOf(LAYOUT_VERSION);
  for (let i = 0; i < ours.length; i++) {
    const difference = (theirs[i] ?? 0) - ours[i]!;
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function withEndpoint(config: TomlTable, client: TomlTable): OldLayout {
  const debug = tableIn(config, "debug");
  if (DEBUG_SECTIONS.some((section) => isTable(debug[section]))) {
    return "1.1.14-1.1.21";
  }
  if ("reply_surb_database_path" in client) return "1.1.4-1.1.13";
  const byNewerMeans = "validator_urls" in client || "nyxd_urls" in client;
  if (byNewerMeans) return "1.1.0-1.1.3";
  // 1.1.0 is 1.0 without two settings that its special builds did not have either: only its version tells.
  const { version } = client;
  return typeof version === "string" && version.startsWith("1.1")
    ? "1.1.0-1.1.3"
    : "1.0";
}

function hasOldSettings(config: TomlTable): boolean {
  const debug = tableIn(config, "debug");
  const traffic = tableIn(debug, "traffic");
  const replies = tableIn(debug, "reply_surbs");
  return typeof traffic.average_packet_delay === "string" ||
    typeof traffic.message_sending_average_delay === "string" ||
    GONE_REPLY_SETTINGS.some((key) => key in replies);
}

function old(layout: OldLayout): Layout {
  return { kind: "old", layout };
}

function tableIn(table: TomlTable, key: string): TomlTable {
  const value = table[key];
  return isTable(value) ? value : {};
}

function numbersOf(version: string): number[] {
  return /^[vV]?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
}
