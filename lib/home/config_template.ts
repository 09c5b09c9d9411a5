import type { ClientConfig } from "./config.ts";
import type { DebugConfig } from "./debug.ts";
import { type DebugSetting, listDebug } from "./debug_write.ts";

/** The settings that the official client writes whatever their value; of the others we write what is not built in. */
const ALWAYS = new Set([
  "debug.acknowledgements.average_ack_delay",
  "debug.cover_traffic.loop_cover_traffic_average_delay",
  "debug.stats_reporting.enabled",
  "debug.stats_reporting.provider_address",
  "debug.stats_reporting.reporting_interval",
  "debug.forget_me.client",
  "debug.forget_me.stats",
]);

/** A section whose keys the official client wants all or none of. */
const WHOLE = "remember_me";

/** Write a `config.toml` as the official client would, with comments of our own and not one key that it does not know. */
export function formatConfig(config: ClientConfig): string {
  const { storage, socket } = config;
  const { keys } = storage;
  return `# Settings of one client of the Nym mixnet, in TOML. The official nym-client ${config.version} reads this file as well.

##### the client #####

[client]
# The version of nym-client whose layout this file has.
version = ${tomlText(config.version)}

# What you call the client.
id = ${tomlText(config.id)}

# Whether bandwidth is claimed from the gateway without paying for it.
disabled_credentials_mode = ${config.disabledCredentialsMode}

# Nodes of the chain.
nyxd_urls = ${list(config.nyxdUrls)}

# Directories of the network: who its nodes are.
nym_api_urls = ${list(config.nymApiUrls)}

##### files #####

[storage_paths]

# Who the client is: an Ed25519 key.
keys.private_identity_key_file = ${tomlText(keys.privateIdentity)}
keys.public_identity_key_file = ${tomlText(keys.publicIdentity)}

# What others encrypt to: an X25519 key.
keys.private_encryption_key_file = ${tomlText(keys.privateEncryption)}
keys.public_encryption_key_file = ${tomlText(keys.publicEncryption)}

# Hides from everyone else which packet an acknowledgement is for.
keys.ack_key_file = ${tomlText(keys.ackKey)}

# Bandwidth credentials.
credentials_database = ${tomlText(storage.credentialsDatabase)}

# Reply blocks and the keys of replies.
reply_surb_database = ${tomlText(storage.replySurbDatabase)}

# Gateways that the client has registered with, and the keys shared with them.
gateway_registrations = ${tomlText(storage.gatewayRegistrations)}

##### the local websocket #####

[socket]

# 'WebSocket', or 'None' for no socket at all.
socket_type = '${socket.enabled ? "WebSocket" : "None"}'

# Where it listens.
listening_port = ${socket.port}
host = ${tomlText(socket.host)}

##### logging #####

[logging]

##### traffic #####
# Values other than the usual ones make a client stand out from the others, and so may cost its users their anonymity.

[debug]
${debugSections(config.debug)}`;
}

/** Text as a TOML value: in single quotes where it can be, so that paths look as they are. */
export function tomlText(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what single quotes cannot hold
  return /['\x00-\x08\x0a-\x1f\x7f]/.test(text)
    ? JSON.stringify(text).replaceAll("\x7f", "\\u007f")
    : `'${text}'`;
}

function list(items: readonly string[]): string {
  if (items.length === 0) return "[]";
  return `[\n${items.map((item) => `    ${tomlText(item)},\n`).join("")}]`;
}

function debugSections(debug: DebugConfig): string {
  const settings = listDebug(debug);
  const rememberMe = settings.some(({ section, isDefault }) =>
    section === WHOLE && !isDefault
  );
  const written = settings.filter(({ path, section, isDefault, value }) =>
    value !== undefined &&
    (ALWAYS.has(path) || (section === WHOLE ? rememberMe : !isDefault))
  );
  return Map.groupBy(written, ({ section }) => section).entries()
    .map(([section, settings]) => sectionText(section, settings))
    .toArray().join("");
}

function sectionText(
  section: string,
  settings: readonly DebugSetting[],
): string {
  const lines = settings.map(({ key, value }) => `${key} = ${value}\n`);
  return `\n[debug.${section}]\n${lines.join("")}`;
}
