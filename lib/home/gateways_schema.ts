import { type DatabaseSync, tablesOf, transaction } from "./sqlite.ts";

/** A step that the official client's database of gateways has gone through. */
export interface Migration {
  /** Its number: the time it was written. */
  readonly version: number;
  /** What its file is called. */
  readonly description: string;
  /** SHA-384 of the file of the migration, as hex digits. */
  readonly checksum: string;
}

/**
 * The official client opens the database only if it can see that these steps were taken (nymtech/nym,
 * `common/client-core/gateways-storage/fs_gateways_migrations`).
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 20240304120000,
    description: "create initial tables",
    checksum:
      "c9755a49de5dc59fc28432e10676ba9f70bcfe6cc9c38d0036167f3dcd1ada468cd3acfd364ae5bb31e1267c51eb0adc",
  },
  {
    version: 20240610120000,
    description: "nullable gateway owner",
    checksum:
      "7c722b7c0ff0624a49b86f8105dde78c022aed8a9bbe6709a913e778aadd4f45caeceb45baac25a0a32c3abc2e334718",
  },
  {
    version: 20240828120000,
    description: "remove wg address",
    checksum:
      "288ee2fc18343b50df1d8b7c4450f48f03e319fb3a5a3addcfc5699d621bff3dee4b2aa4d162eb79dfb4e7ce75b2fc83",
  },
  {
    version: 20240916120000,
    description: "add aes256 gcm siv key",
    checksum:
      "6157c19e61edf534ba386c6261769724bc6d4c9eea7c738a29fb2964437764050005e36e3682fece213e870b8b8c5dc4",
  },
  {
    version: 20251126120000,
    description: "remove legacy add fallback",
    checksum:
      "d35a3826a363b98b9c7186484952a506668e6a169f2b987f7ca30e62a0e88ded7356535bc92dc15c43a8ab9292cfc6ea",
  },
];

/** The table that the official client's library keeps these steps in. */
const MIGRATION_TABLE = `CREATE TABLE _sqlx_migrations (
  version BIGINT PRIMARY KEY,
  description TEXT NOT NULL,
  installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  success BOOLEAN NOT NULL,
  checksum BLOB NOT NULL,
  execution_time BIGINT NOT NULL
)`;

/** What the steps lead to. */
const TABLES = `
CREATE TABLE registered_gateway (
  gateway_id_bs58 TEXT NOT NULL UNIQUE PRIMARY KEY,
  registration_timestamp TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  gateway_type TEXT CHECK (gateway_type IN ('remote', 'custom')) NOT NULL DEFAULT 'remote'
);
CREATE TABLE active_gateway (
  id INTEGER PRIMARY KEY CHECK (id = 0),
  active_gateway_id_bs58 TEXT REFERENCES registered_gateway (gateway_id_bs58)
);
CREATE TABLE custom_gateway_details (
  gateway_id_bs58 TEXT NOT NULL UNIQUE PRIMARY KEY REFERENCES registered_gateway (gateway_id_bs58),
  data BLOB
);
CREATE TABLE remote_gateway_details (
  gateway_id_bs58 TEXT NOT NULL UNIQUE PRIMARY KEY REFERENCES registered_gateway (gateway_id_bs58),
  derived_aes256_gcm_siv_key BLOB NOT NULL,
  gateway_listener TEXT NOT NULL,
  fallback_listener TEXT,
  expiration_timestamp DATETIME NOT NULL
);
INSERT INTO active_gateway (id, active_gateway_id_bs58) VALUES (0, NULL);
`;

/** Every schema since the first has these. */
const NAMES = [
  "_sqlx_migrations",
  "registered_gateway",
  "active_gateway",
  "custom_gateway_details",
  "remote_gateway_details",
];

/** Which schema a database of gateways has. */
export type GatewaySchema =
  | "current"
  /** Nothing is in it yet. */
  | "empty"
  /** An earlier official client left it: some steps are missing. */
  | "older"
  /** A later official client left it: there are steps that we do not know. */
  | "newer"
  /** It is something else, or a step has failed. */
  | "foreign";

/** Make all tables in an empty database, together or not at all. */
export function createGatewaySchema(database: DatabaseSync): void {
  transaction(database, () => {
    database.exec(TABLES);
    database.exec(MIGRATION_TABLE);
    const insert = database.prepare(
      "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?, ?, 1, ?, 0)",
    );
    for (const { version, description, checksum } of MIGRATIONS) {
      insert.run(version, description, Uint8Array.fromHex(checksum));
    }
  });
}

/** Tell the schema by the steps that the database has gone through. */
export function gatewaySchema(database: DatabaseSync): GatewaySchema {
  const tables = tablesOf(database);
  if (tables.size === 0) return "empty";
  if (!NAMES.every((name) => tables.has(name))) return "foreign";
  const steps = database.prepare(
    "SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version",
  ).all();
  const known = Math.min(steps.length, MIGRATIONS.length);
  for (let i = 0; i < known; i++) {
    const { version, success, checksum } = steps[i]!;
    const expected = MIGRATIONS[i]!;
    const same = version === expected.version && success === 1 &&
      checksum instanceof Uint8Array &&
      checksum.toHex() === expected.checksum;
    if (!same) return "foreign";
  }
  if (steps.length === MIGRATIONS.length) return "current";
  return steps.length < MIGRATIONS.length ? "older" : "newer";
}
