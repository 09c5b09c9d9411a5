import { decodeBase58 } from "../../bytes/base58.ts";
import { DecodeError, UsageError } from "../../errors.ts";
import { JsonReader } from "../../wire/json_reader.ts";
import {
  createGatewaySchema,
  type GatewaySchema,
  gatewaySchema,
} from "../gateways_schema.ts";
import { locateFile } from "../locate.ts";
import { exists, whileThere } from "../private_file.ts";
import {
  type DatabaseSync,
  openDatabase,
  readDatabase,
  settle,
} from "../sqlite.ts";
import { isTable, type TomlTable } from "../toml.ts";

/** A registration as an official database holds it, whatever its schema. */
export interface OldRegistration {
  /** The gateway's identity, base58. */
  readonly id: string;
  /** `remote` or `custom`. */
  readonly type: string;
  /** When the client registered, as the database says it. */
  readonly registeredAt: string;
  /** The AES-256-GCM-SIV key; none before it existed. */
  readonly key: Uint8Array | null;
  /** The websocket of a remote gateway. */
  readonly listener: string | null;
  /** Another one. */
  readonly fallback: string | null;
  /** Until when these count as fresh, as the database says it. */
  readonly expires: string;
  /** What a custom gateway keeps. */
  readonly data: Uint8Array | null;
}

/** What a home's database of gateways holds before an upgrade. */
export interface OldGateways {
  /** Its schema; `missing` if there is no database. */
  readonly schema: GatewaySchema | "missing";
  /** Registrations that today's gateways still know the key of. */
  readonly usable: readonly OldRegistration[];
  /** Identities of gateways whose registrations are worth nothing: their keys are of a kind that is gone. */
  readonly lost: readonly string[];
  /** The identity of the active gateway. */
  readonly active: string | undefined;
}

/** A fresh start: details of gateways are looked up again, whatever they were. */
const EXPIRED = "1970-01-01T00:00:00.000Z";

const KEY_SIZE = 32;

/**
 * Read a home's database of gateways, whichever official client since 1.1.34 wrote it.
 *
 * @throws {UsageError} If it is damaged or no such database.
 */
export async function readOldGateways(path: string): Promise<OldGateways> {
  if (!await exists(path)) {
    return { schema: "missing", usable: [], lost: [], active: undefined };
  }
  const database = await readDatabase(path);
  try {
    const schema = gatewaySchema(database);
    if (schema === "empty") {
      return { schema, usable: [], lost: [], active: undefined };
    }
    if (schema === "foreign" || schema === "newer") throw strange(path, schema);
    return { schema, ...readRows(database) };
  } finally {
    database.close();
  }
}

/** Write a database of gateways with the usable ones of an old one; `path` must be free. */
export async function writeGateways(
  path: string,
  { usable, active }: OldGateways,
): Promise<void> {
  const database = await openDatabase(path, { create: true });
  try {
    createGatewaySchema(database);
    for (const registration of usable) insert(database, registration);
    if (usable.some(({ id }) => id === active)) {
      database.prepare("UPDATE active_gateway SET active_gateway_id_bs58 = ?")
        .run(active!);
    }
    settle(database);
  } finally {
    database.close();
  }
}

/** The gateway that a file of 1.1.33 or older speaks of, if it can be found out. */
export async function oldGateway(
  config: TomlTable,
  dataDir: string,
): Promise<string | undefined> {
  const client = isTable(config.client) ? config.client : {};
  const endpoint = isTable(client.gateway_endpoint)
    ? client.gateway_endpoint
    : {};
  const storage = isTable(config.storage_paths) ? config.storage_paths : {};
  const named = [client.gateway_id, endpoint.gateway_id].find(isIdentity);
  if (named !== undefined || typeof storage.gateway_details !== "string") {
    return named as string | undefined;
  }
  const path = await locateFile(storage.gateway_details, dataDir);
  const text = await whileThere(() => Deno.readTextFile(path));
  try {
    const json = text === undefined ? undefined : JsonReader.parse(text, {
      title: path,
      maxLength: 10_000,
    });
    const id = json?.field("details").field("gateway_id").string(100);
    return isIdentity(id) ? id : undefined;
  } catch (error) {
    // Only a hint is lost.
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function readRows(
  database: DatabaseSync,
): Pick<OldGateways, "usable" | "lost" | "active"> {
  const rows = database.prepare(
    "SELECT r.gateway_id_bs58 AS id, r.gateway_type, r.registration_timestamp, d.*, c.data AS custom_data FROM registered_gateway r LEFT JOIN remote_gateway_details d ON d.gateway_id_bs58 = r.gateway_id_bs58 LEFT JOIN custom_gateway_details c ON c.gateway_id_bs58 = r.gateway_id_bs58 ORDER BY r.rowid",
  ).all().map(decode);
  const isUsable = ({ type, key, listener }: OldRegistration) =>
    type === "custom" || (key?.length === KEY_SIZE && listener !== null);
  const active = database.prepare(
    "SELECT active_gateway_id_bs58 AS id FROM active_gateway",
  ).get()?.id;
  return {
    usable: rows.filter(isUsable),
    lost: rows.filter((row) => !isUsable(row)).map(({ id }) => id),
    active: typeof active === "string" ? active : undefined,
  };
}

/** Columns came and went: what is not there reads as nothing. */
function decode(row: Record<string, unknown>): OldRegistration {
  const text = (value: unknown) => typeof value === "string" ? value : null;
  const bytes = (value: unknown) => value instanceof Uint8Array ? value : null;
  return {
    id: String(row.id),
    type: String(row.gateway_type),
    registeredAt: text(row.registration_timestamp) ?? EXPIRED,
    key: bytes(row.derived_aes256_gcm_siv_key),
    listener: text(row.gateway_listener),
    fallback: text(row.fallback_listener),
    expires: text(row.expiration_timestamp) ?? EXPIRED,
    data: bytes(row.custom_data),
  };
}

function insert(database: DatabaseSync, row: OldRegistration): void {
  database.prepare(
    "INSERT INTO registered_gateway (gateway_id_bs58, registration_timestamp, gateway_type) VALUES (?, ?, ?)",
  ).run(row.id, row.registeredAt, row.type);
  if (row.type === "custom") {
    database.prepare(
      "INSERT INTO custom_gateway_details (gateway_id_bs58, data) VALUES (?, ?)",
    ).run(row.id, row.data);
    return;
  }
  database.prepare(
    "INSERT INTO remote_gateway_details (gateway_id_bs58, derived_aes256_gcm_siv_key, gateway_listener, fallback_listener, expiration_timestamp) VALUES (?, ?, ?, ?, ?)",
  ).run(row.id, row.key, row.listener, row.fallback, row.expires);
}

function isIdentity(value: unknown): value is string {
  if (typeof value !== "string") return false;
  try {
    return decodeBase58(value, { length: KEY_SIZE }).length === KEY_SIZE;
  } catch {
    return false;
  }
}

function strange(path: string, schema: "foreign" | "newer"): UsageError {
  return schema === "newer"
    ? new UsageError(
      `Cannot upgrade: a nym-client that is newer than this nymwire left ${path}`,
      { hint: "Use a newer nymwire" },
    )
    : new UsageError(
      `Cannot upgrade: ${path} is no database of gateways`,
      { hint: "Restore the file from a backup, or move it away" },
    );
}
