import type { ConfigFile } from "./config_read.ts";
import { tomlText } from "./config_template.ts";
import { listDebug } from "./debug_write.ts";

/** A value of a client's settings, and whether the file gives it. */
export interface ConfigValue {
  /** Its full key. */
  readonly key: string;
  /** The value as the file spells it. */
  readonly value: string;
  /** `client` if `config.toml` gives it, `default` if it is built in. */
  readonly origin: "client" | "default";
}

/** Every setting of a client with its value and where that is from, in the order of the file. */
export function listConfig({ config, given }: ConfigFile): ConfigValue[] {
  const { storage, socket } = config;
  const { keys } = storage;
  const list = (urls: readonly string[]) =>
    `[${urls.map(tomlText).join(", ")}]`;
  const values: [string, string | undefined][] = [
    ["client.version", tomlText(config.version)],
    ["client.id", tomlText(config.id)],
    [
      "client.disabled_credentials_mode",
      String(config.disabledCredentialsMode),
    ],
    ["client.nyxd_urls", list(config.nyxdUrls)],
    ["client.nym_api_urls", list(config.nymApiUrls)],
    ...[
      ["private_identity_key_file", keys.privateIdentity],
      ["public_identity_key_file", keys.publicIdentity],
      ["private_encryption_key_file", keys.privateEncryption],
      ["public_encryption_key_file", keys.publicEncryption],
      ["ack_key_file", keys.ackKey],
    ].map(([key, path]): [string, string] => [
      `storage_paths.keys.${key}`,
      tomlText(path!),
    ]),
    [
      "storage_paths.credentials_database",
      tomlText(storage.credentialsDatabase),
    ],
    ["storage_paths.reply_surb_database", tomlText(storage.replySurbDatabase)],
    [
      "storage_paths.gateway_registrations",
      tomlText(storage.gatewayRegistrations),
    ],
    ["socket.socket_type", socket.enabled ? "'WebSocket'" : "'None'"],
    ["socket.listening_port", String(socket.port)],
    ["socket.host", tomlText(socket.host)],
    ...listDebug(config.debug).map(
      ({ path, value }): [string, string | undefined] => [path, value],
    ),
  ];
  return values.flatMap(([key, value]) =>
    value === undefined ? [] : { key, value, origin: originOf(key, given) }
  );
}

/** Two keys have names of old that the file may still use. */
const OLD_NAMES: Record<string, string> = {
  "client.nyxd_urls": "client.validator_urls",
  "client.nym_api_urls": "client.validator_api_urls",
};

function originOf(
  key: string,
  given: ReadonlySet<string>,
): ConfigValue["origin"] {
  const isGiven = given.has(key) || given.has(OLD_NAMES[key] ?? key);
  return isGiven ? "client" : "default";
}
