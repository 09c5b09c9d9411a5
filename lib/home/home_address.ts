import { DatabaseSync } from "node:sqlite";
import { decodeBase58, encodeBase58 } from "../bytes/base58.ts";
import type { Bytes } from "../bytes/brand.ts";
import { UsageError } from "../errors.ts";
import { gatewaySchema } from "./gateways_schema.ts";
import { detectLayout } from "./layout.ts";
import type { HomePaths, KeyPaths, StoragePaths } from "./paths.ts";
import { exists } from "./private_file.ts";
import { readPublicKeys } from "./public_keys.ts";
import { isTable, readToml, type TomlTable } from "./toml.ts";

const READ_ONLY = { readOnly: true, timeout: 1000 };

/** What an address is read from. */
interface AddressFiles {
  readonly keys: Pick<KeyPaths, "publicIdentity" | "publicEncryption">;
  readonly gatewayRegistrations: StoragePaths["gatewayRegistrations"];
}

/**
 * The address of a home's client, put together from its public keys and its active gateway: nothing is computed, nobody is
 * asked, and nothing is loaded that this does not need.
 *
 * @throws {UsageError} If a file of the home is missing or makes no sense, or it has no active gateway.
 */
export async function readHomeAddress(paths: HomePaths): Promise<string> {
  const files = await glanceAtConfig(paths) ?? await locateFiles(paths);
  const { identity, encryption } = await readPublicKeys(files.keys);
  const gateway = await readActiveGateway(files.gatewayRegistrations);
  if (gateway === undefined) {
    throw new UsageError(
      `Cannot tell the address of ${paths.id}: it has no active gateway`,
      { hint: `Register with one: nymwire gateways add --id ${paths.id}` },
    );
  }
  const [left, middle, right] = [identity, encryption, gateway]
    .map(encodeBase58);
  return `${left}.${middle}@${right}`;
}

/**
 * Where an address is read from, if `config.toml` says so plainly and all of it is there. Whatever is unusual about the file is
 * left to those who read it in earnest, and to their errors.
 */
async function glanceAtConfig(
  { config }: HomePaths,
): Promise<AddressFiles | undefined> {
  const text = await Deno.readTextFile(config).catch(() => undefined);
  if (text === undefined) return undefined;
  const table = await readToml(text, config);
  if (detectLayout(table).kind !== "current") return undefined;
  const storage = tableIn(table, "storage_paths");
  const keys = tableIn(storage, "keys");
  const found = [
    keys.public_identity_key_file,
    keys.public_encryption_key_file,
    storage.gateway_registrations,
  ].filter((path) => typeof path === "string");
  const [publicIdentity, publicEncryption, gatewayRegistrations] = found;
  if (!publicIdentity || !publicEncryption || !gatewayRegistrations) return;
  const there = await Promise.all(found.map(exists));
  return there.every(Boolean)
    ? { keys: { publicIdentity, publicEncryption }, gatewayRegistrations }
    : undefined;
}

/** The same for a home that was moved, or that there is something wrong with. */
async function locateFiles(paths: HomePaths): Promise<AddressFiles> {
  const { loadConfig } = await import("./config_read.ts");
  const { locateStorage } = await import("./locate.ts");
  const { config } = await loadConfig(paths.config, { light: true });
  return (await locateStorage(config.storage, paths)).storage;
}

function tableIn(table: TomlTable, key: string): TomlTable {
  const value = table[key];
  return isTable(value) ? value : {};
}

/**
 * The identity of the active gateway, without writing anything. Whatever is unusual about the database is left to those who
 * open it in earnest, and to their errors.
 *
 * @throws {UsageError} If the database is missing, damaged, or of another schema.
 */
export async function readActiveGateway(
  path: string,
): Promise<Bytes | undefined> {
  const found = glance(path);
  if (found !== undefined) return found;
  const { openGatewayStore } = await import("./gateways.ts");
  using store = await openGatewayStore(path);
  return store.active()?.identity;
}

function glance(path: string): Bytes | undefined {
  try {
    using database = new DatabaseSync(path, READ_ONLY);
    if (gatewaySchema(database) !== "current") return undefined;
    const row = database.prepare(
      "SELECT active_gateway_id_bs58 AS id FROM active_gateway",
    ).get();
    return decodeBase58(String(row?.id), { length: 32 });
  } catch {
    return undefined;
  }
}
