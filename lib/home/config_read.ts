import { UsageError } from "../errors.ts";
import type { ClientConfig, SocketConfig } from "./config.ts";
import { DEFAULT_PORT } from "./config.ts";
import { readDebug } from "./debug_read.ts";
import { isIpAddress } from "./ip_address.ts";
import { detectLayout, isNewer, type Layout } from "./layout.ts";
import type { StoragePaths } from "./paths.ts";
import { readRegularFile } from "./private_file.ts";
import { TableReader } from "./table.ts";
import { isTable, readStrictToml, readToml, type TomlTable } from "./toml.ts";
import { shellWord } from "./shell_word.ts";

/** A `config.toml` that was read. */
export interface ConfigFile {
  /** What it says, with the built-in values where it says nothing. */
  readonly config: ClientConfig;
  /** The full keys that it does give. */
  readonly given: ReadonlySet<string>;
  /** Where it is. */
  readonly file: string;
}

/** Options of {@linkcode loadConfig}. */
export interface LoadConfigOptions {
  /** Skip the checks that need a second reader, for commands that only look. @default false */
  light?: boolean;
}

/**
 * Read the `config.toml` of a home of the current layout.
 *
 * @throws {UsageError} If it is missing, broken (with line and column), of another layout, or has a key of the wrong type.
 */
export async function loadConfig(
  file: string,
  options: LoadConfigOptions = {},
): Promise<ConfigFile> {
  const text = await readConfigText(file);
  const read = options.light ? readToml : readStrictToml;
  return decodeConfig(await read(text, file), file, text);
}

/**
 * Read the text of a `config.toml`.
 *
 * @throws {UsageError} If it is missing or cannot be read.
 */
export async function readConfigText(file: string): Promise<string> {
  try {
    return await readRegularFile(file);
  } catch (cause) {
    const missing = cause instanceof Deno.errors.NotFound;
    const why = missing
      ? "it is missing"
      : cause instanceof Deno.errors.PermissionDenied
      ? "not permitted"
      : (cause as Error).message.replace(/: \w+ '.*$/, "");
    throw new UsageError(
      `Cannot read ${file}: ${why}`,
      {
        cause,
        hint: missing
          ? "Make a client first: nymwire init --id <client_id>"
          : "Make it readable for the user who runs the client",
      },
    );
  }
}

/**
 * Take the settings out of a parsed `config.toml`. Refuses keys where the official client refuses them: under `[client]`,
 * `[socket]`, `[logging]`, `[debug]` and most of its sections, not elsewhere. With the `text` errors tell line and column.
 *
 * @throws {UsageError} If the layout is another or a key has the wrong type.
 */
export function decodeConfig(
  table: TomlTable,
  file: string,
  text?: string,
): ConfigFile {
  assertCurrent(detectLayout(table), table, file);
  const reader = new TableReader(table, "", file, text);
  try {
    const config = readConfig(reader);
    return { config, given: new Set(keysOf(table)), file };
  } catch (error) {
    throw explained(error, table);
  }
}

function readConfig(reader: TableReader): ClientConfig {
  const client = need(reader, "client");
  const version = client.required("version", client.string("version"));
  const id = client.required("id", client.string("id"));
  const disabledCredentialsMode = client.boolean("disabled_credentials_mode") ??
    false;
  const nyxdUrls = readUrls(client, "nyxd_urls", "validator_urls");
  const nymApiUrls = readUrls(client, "nym_api_urls", "validator_api_urls");
  client.end();
  const storage = readStorage(need(reader, "storage_paths"));
  const socket = readSocket(need(reader, "socket"));
  need(reader, "logging").end();
  const debug = readDebug(reader.table("debug"));
  return {
    version,
    id,
    disabledCredentialsMode,
    nyxdUrls,
    nymApiUrls,
    storage,
    socket,
    debug,
  };
}

function need(reader: TableReader, key: string): TableReader {
  return reader.required(key, reader.table(key));
}

function readUrls(client: TableReader, key: string, alias: string): string[] {
  const name = client.has(alias) ? alias : key;
  if (name === alias && client.has(key)) {
    throw client.fault(alias, `${key} says the same`);
  }
  const urls = client.required(name, client.strings(name));
  return urls.map((url, index) => {
    if (!URL.canParse(url)) {
      throw client.fault(
        `${name}[${index}]`,
        `need a URL, have ${JSON.stringify(url)}`,
      );
    }
    return new URL(url).href;
  });
}

function readStorage(storage: TableReader): StoragePaths {
  const keys = need(storage, "keys");
  const path = (table: TableReader, key: string) =>
    table.required(key, table.string(key));
  return {
    keys: {
      privateIdentity: path(keys, "private_identity_key_file"),
      publicIdentity: path(keys, "public_identity_key_file"),
      privateEncryption: path(keys, "private_encryption_key_file"),
      publicEncryption: path(keys, "public_encryption_key_file"),
      ackKey: path(keys, "ack_key_file"),
    },
    gatewayRegistrations: path(storage, "gateway_registrations"),
    credentialsDatabase: path(storage, "credentials_database"),
    replySurbDatabase: path(storage, "reply_surb_database"),
  };
}

function readSocket(socket: TableReader): SocketConfig {
  const type = socket.oneOf("socket_type", ["WebSocket", "None"]);
  const port = socket.integer("listening_port", { max: 65535 });
  const host = socket.string("host");
  if (host !== undefined && !isIpAddress(host)) {
    throw socket.fault(
      "host",
      `need an IP address, have ${JSON.stringify(host)}`,
    );
  }
  socket.end();
  return {
    enabled: type !== "None",
    host: host ?? "127.0.0.1",
    port: port ?? DEFAULT_PORT,
  };
}

function assertCurrent(layout: Layout, table: TomlTable, file: string): void {
  switch (layout.kind) {
    case "current":
      return;
    case "old":
      throw new UsageError(
        `Cannot use ${file}: it has the layout of nym-client ${layout.layout}`,
        {
          hint: `Bring it up to date: nymwire upgrade --id ${
            shellWord(idOf(table))
          }`,
        },
      );
    case "future":
      throw new UsageError(
        `Cannot use ${file}: nym-client ${layout.version} wrote it, which is newer than this nymwire knows`,
        { hint: "Use a newer nymwire" },
      );
    case "unknown":
      throw new UsageError(
        `Cannot use ${file}: it is not, or not all of, the settings of a nym-client`,
        { hint: "Restore the file from a backup" },
      );
    default:
      layout satisfies never;
  }
}

/** What does not fit in a file of a newer version is no mistake of the user's. */
function explained(error: unknown, table: TomlTable): unknown {
  const client = isTable(table.client) ? table.client : {};
  const { version } = client;
  if (!(error instanceof UsageError) || typeof version !== "string") {
    return error;
  }
  if (!isNewer(version)) return error;
  return new UsageError(
    `${error.message}; nym-client ${version} wrote it, which is newer than this nymwire knows`,
    { cause: error, hint: "Use a newer nymwire" },
  );
}

function idOf(table: TomlTable): string {
  const id = isTable(table.client) ? table.client.id : undefined;
  return typeof id === "string" ? id : "<client_id>";
}

function* keysOf(table: TomlTable, path = ""): Iterable<string> {
  for (const [key, value] of Object.entries(table)) {
    const full = path === "" ? key : `${path}.${key}`;
    yield full;
    if (isTable(value)) yield* keysOf(value, full);
  }
}
