import { DatabaseSync } from "node:sqlite";
import { decodeBase58, encodeBase58 } from "../bytes/base58.ts";
import type { Bytes } from "../bytes/brand.ts";
import { UsageError } from "../errors.ts";
import { loadConfig } from "./config_read.ts";
import { openGatewayStore } from "./gateways.ts";
import { gatewaySchema } from "./gateways_schema.ts";
import { locateStorage } from "./locate.ts";
import type { HomePaths } from "./paths.ts";
import { readPublicKeys } from "./public_keys.ts";

const READ_ONLY = { readOnly: true, timeout: 1000 };

/**
 * The address of a home's client, put together from its public keys and its active gateway: nothing is computed, nobody is
 * asked, and nothing is loaded that this does not need.
 *
 * @throws {UsageError} If a file of the home is missing or makes no sense, or it has no active gateway.
 */
export async function readHomeAddress(paths: HomePaths): Promise<string> {
  const { config } = await loadConfig(paths.config, { light: true });
  const { storage } = await locateStorage(config.storage, paths);
  const { identity, encryption } = await readPublicKeys(storage.keys);
  const gateway = await readActiveGateway(storage.gatewayRegistrations);
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
