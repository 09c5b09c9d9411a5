import { encodeBase58 } from "../bytes/base58.ts";
import { wipe } from "../bytes/wipe.ts";
import { UsageError } from "../errors.ts";
import { readGatewayStore } from "./gateways.ts";
import { readKeyPairs } from "./key_files.ts";
import { detectLayout } from "./layout.ts";
import type { HomePaths, KeyPaths, StoragePaths } from "./paths.ts";
import { isTable, readToml, type TomlTable } from "./toml.ts";
import { shellWord } from "./shell_word.ts";

/**
 * The address of a home's client, put together from its keys and its active gateway: nobody is asked, and nothing is loaded
 * that this does not need.
 *
 * @throws {UsageError} If a file of the home is missing or makes no sense, or it has no active gateway.
 * @throws {CryptoError} If key halves do not belong together; exit code 12.
 */
export async function readHomeAddress(paths: HomePaths): Promise<string> {
  const storage = await hasOwnFiles(paths)
    ? paths.storage
    : await locateFiles(paths);
  const { identity, encryption } = await readKeyPairs(storage.keys);
  wipe(identity.secret, encryption.secret);
  using gateways = await readGatewayStore(storage.gatewayRegistrations);
  const gateway = gateways.active()?.identity;
  if (gateway === undefined) {
    throw new UsageError(
      `Cannot tell the address of ${paths.id}: it has no active gateway`,
      {
        hint: `Register with one: nymwire gateways add --id ${
          shellWord(paths.id)
        }`,
      },
    );
  }
  const [left, middle, right] = [identity.public, encryption.public, gateway]
    .map(encodeBase58);
  return `${left}.${middle}@${right}`;
}

/**
 * Whether `config.toml` says plainly that the files are where every home has them. Whatever is unusual about it is left to those
 * who read it in earnest, and to their errors.
 */
async function hasOwnFiles({ config, storage }: HomePaths): Promise<boolean> {
  const text = await Deno.readTextFile(config).catch(() => undefined);
  if (text === undefined) return false;
  const table = await readToml(text, config);
  if (detectLayout(table).kind !== "current") return false;
  const given = tableIn(table, "storage_paths");
  const keys = tableIn(given, "keys");
  const own: KeyPaths = storage.keys;
  return given.gateway_registrations === storage.gatewayRegistrations &&
    keys.private_identity_key_file === own.privateIdentity &&
    keys.public_identity_key_file === own.publicIdentity &&
    keys.private_encryption_key_file === own.privateEncryption &&
    keys.public_encryption_key_file === own.publicEncryption;
}

/** Where the files are of a home that was moved or copied, or that there is something wrong with. */
async function locateFiles(paths: HomePaths): Promise<StoragePaths> {
  const { loadConfig } = await import("./config_read.ts");
  const { locateStorage } = await import("./locate.ts");
  const { config } = await loadConfig(paths.config, { light: true });
  return (await locateStorage(config.storage, paths)).storage;
}

function tableIn(table: TomlTable, key: string): TomlTable {
  const value = table[key];
  return isTable(value) ? value : {};
}
