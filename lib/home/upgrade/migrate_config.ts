import { UsageError } from "../../errors.ts";
import { LAYOUT_VERSION, type OldLayout } from "../layout.ts";
import { homeOfFile, KEY_NAMES, locateFile } from "../locate.ts";
import { type NetworkUrls, PUBLIC_NETWORKS } from "../network.ts";
import type { HomePaths } from "../paths.ts";
import { exists } from "../private_file.ts";
import type { ConfigEditor } from "./config_editor.ts";
import { GONE_DEBUG, newDebugValue, placeOfFlat } from "./old_settings.ts";

/** What {@linkcode migrateConfig} goes by. */
export interface MigrateConfigInput {
  /** The layout that the file has. */
  layout: OldLayout;
  /** Where the home is. */
  paths: HomePaths;
  /** The network that the user asked for, if any. */
  urls: NetworkUrls | undefined;
}

/** Keys of `[client]` that mean nothing today. */
const GONE_CLIENT = [
  "mixnet_contract_address",
  "vpn_mode",
  "testnet_mode",
  "backup_bandwidth_token_keys_dir",
  "eth_private_key",
  "eth_endpoint",
  "reply_encryption_key_store_path",
  "gateway_id",
  "gateway_listener",
  "gateway_shared_key_file",
  "nym_root_directory",
];

/** Older names of urls that are read today, and those that are not. */
const URL_NAMES: readonly (readonly [string, string])[] = [
  ["validator_api_urls", "nym_api_urls"],
  ["validator_urls", "nyxd_urls"],
];
const DEAD_URLS = ["validator_rest_urls", "validator_rest_url"];

/**
 * Bring the settings of an old file up to date.
 *
 * @returns What {@linkcode repairPaths} returns.
 * @throws {UsageError} If a setting makes no sense in any version.
 */
export async function migrateConfig(
  editor: ConfigEditor,
  { layout, paths, urls }: MigrateConfigInput,
): Promise<string | undefined> {
  migrateUrls(editor, urls);
  editor.ensureSection("storage_paths", "client");
  const copyOf = await migratePaths(editor, paths);
  for (const key of GONE_CLIENT) {
    editor.remove("client", key, { secret: key === "eth_private_key" });
  }
  editor.removeSection("client.gateway_endpoint");
  // The first versions claimed bandwidth for nothing and had no setting for it.
  if (layout === "0.11" || layout === "0.12") {
    const free = true;
    editor.set("client", "disabled_credentials_mode", free);
  }
  editor.ensureSection("socket", "storage_paths");
  editor.ensureSection("logging", "socket");
  migrateDebug(editor, paths.config);
  editor.set("client", "version", LAYOUT_VERSION);
  return copyOf;
}

/**
 * Point the paths of a file at where its files are, so that a home that was moved or copied keeps working.
 *
 * @returns The home that it was copied from, if the file led there.
 */
export async function repairPaths(
  editor: ConfigEditor,
  paths: HomePaths,
): Promise<string | undefined> {
  let copyOf: string | undefined;
  for (
    const key of [
      ...Object.values(KEY_NAMES).map((name) => `keys.${name}`),
      "credentials_database",
      "reply_surb_database",
      "gateway_registrations",
    ]
  ) {
    const path = editor.get("storage_paths", key);
    if (typeof path !== "string") continue;
    const place = await locateFile(path, paths.dataDir);
    if (place !== path && await exists(path)) {
      copyOf ??= await homeOfFile(path);
    }
    editor.set("storage_paths", key, place);
  }
  return copyOf;
}

function migrateUrls(
  editor: ConfigEditor,
  urls: NetworkUrls | undefined,
): void {
  for (const key of DEAD_URLS) editor.remove("client", key);
  for (const [old, name] of URL_NAMES) {
    editor.move("client", old, "client", name);
  }
  const { mainnet } = PUBLIC_NETWORKS;
  const missing = (key: string) => editor.get("client", key) === undefined;
  if (urls !== undefined || missing("nyxd_urls")) {
    editor.set("client", "nyxd_urls", [...(urls ?? mainnet).nyxdUrls]);
  }
  if (urls !== undefined || missing("nym_api_urls")) {
    editor.set("client", "nym_api_urls", [...(urls ?? mainnet).apiUrls]);
  }
}

async function migratePaths(
  editor: ConfigEditor,
  paths: HomePaths,
): Promise<string | undefined> {
  const { storage } = paths;
  for (const name of Object.values(KEY_NAMES)) {
    editor.move("client", name, "storage_paths", `keys.${name}`);
  }
  editor.move(
    "client",
    "database_path",
    "storage_paths",
    "credentials_database",
  );
  // Missing or empty in files that an earlier version wrote.
  if (editor.get("client", "reply_surb_database_path") === "") {
    editor.remove("client", "reply_surb_database_path");
  }
  editor.move(
    "client",
    "reply_surb_database_path",
    "storage_paths",
    "reply_surb_database",
  );
  editor.remove("storage_paths", "keys.gateway_shared_key_file");
  editor.remove("storage_paths", "gateway_details");
  const defaults: [string, string][] = [
    ...Object.entries(KEY_NAMES).map(([part, name]): [string, string] => [
      `keys.${name}`,
      storage.keys[part as keyof typeof KEY_NAMES],
    ]),
    ["credentials_database", storage.credentialsDatabase],
    ["reply_surb_database", storage.replySurbDatabase],
    ["gateway_registrations", storage.gatewayRegistrations],
  ];
  for (const [key, path] of defaults) {
    if (editor.get("storage_paths", key) === undefined) {
      editor.set("storage_paths", key, path);
    }
  }
  return await repairPaths(editor, paths);
}

function migrateDebug(editor: ConfigEditor, file: string): void {
  for (const key of editor.keys("debug")) {
    const place = placeOfFlat(key);
    if (place === undefined) continue;
    const isBuiltIn = () =>
      newDebugValue(key, editor.get("debug", key)).kind === "default";
    if (place.section === "" || isBuiltIn()) editor.remove("debug", key);
    else {
      const section = `debug.${place.section}`;
      editor.ensureSection(section, "debug");
      editor.move("debug", key, section, place.key);
    }
  }
  for (const [section, key] of GONE_DEBUG) {
    editor.remove(`debug.${section}`, key);
  }
  for (const name of editor.keys("debug")) {
    const section = `debug.${name}`;
    for (const key of editor.keys(section)) {
      renewValue(editor, section, key, file);
    }
  }
}

function renewValue(
  editor: ConfigEditor,
  section: string,
  key: string,
  file: string,
): void {
  const next = newDebugValue(key, editor.get(section, key));
  switch (next.kind) {
    case "value":
      return editor.set(section, key, next.value);
    case "default":
      return editor.remove(section, key);
    case "nonsense":
      throw new UsageError(
        `Cannot upgrade ${file}: ${section}.${key}: need a duration`,
        { hint: "Correct it there" },
      );
    default:
      next satisfies never;
  }
}
