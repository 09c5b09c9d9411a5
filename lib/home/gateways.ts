import { decodeBase58, encodeBase58 } from "../bytes/base58.ts";
import type { Bytes } from "../bytes/brand.ts";
import { shortKey } from "../bytes/short_key.ts";
import { DecodeError, EXIT, UsageError } from "../errors.ts";
import { createGatewaySchema, gatewaySchema } from "./gateways_schema.ts";
import {
  type DatabaseSync,
  missingDatabase,
  openDatabase,
  orClose,
  readDatabase,
  transaction,
} from "./sqlite.ts";
import { readTimestamp } from "./timestamp.ts";

/** Bytes of a gateway's identity, and of the key shared with it. */
const KEY_SIZE = 32;

/** How long what a gateway has published about itself counts as fresh. */
const PUBLISHED_FOR_MS = 7 * 24 * 60 * 60 * 1000;

/** A gateway that the client has registered with. */
export interface GatewayRegistration {
  /** The gateway's Ed25519 public key, 32 bytes. */
  readonly identity: Bytes;
  /** The AES-256-GCM-SIV key shared with it, 32 bytes. */
  readonly sharedKey: Bytes;
  /** The websocket it listens on. */
  readonly listener: string;
  /** Another one, for when that one fails. */
  readonly fallback: string | null;
  /** When the client registered. */
  readonly registeredAt: Date;
}

/** Where a gateway listens. */
export type GatewayListeners = Pick<
  GatewayRegistration,
  "listener" | "fallback"
>;

/** Options of {@linkcode openGatewayStore}. */
export interface OpenGatewayStoreOptions {
  /** Whether a database that is missing is made. @default false */
  create?: boolean;
}

/**
 * Open the database of gateways of a home. It is the official client's own, in its schema.
 *
 * @throws {UsageError} If it is missing, damaged, or of another schema; it is left as it is.
 */
export async function openGatewayStore(
  path: string,
  options: OpenGatewayStoreOptions = {},
): Promise<GatewayStore> {
  const database = await openDatabase(path, options);
  orClose(database, () => {
    if (options.create && gatewaySchema(database) === "empty") {
      createGatewaySchema(database);
    }
    assertSchema(path, database);
  });
  return new GatewayStore(path, database);
}

/**
 * Read the database of gateways of a home, whoever uses it meanwhile. Nothing is written.
 *
 * @throws {UsageError} If it is missing, damaged, or of another schema.
 */
export async function readGatewayStore(path: string): Promise<GatewayStore> {
  const database = await readDatabase(path);
  orClose(database, () => assertSchema(path, database));
  return new GatewayStore(path, database);
}

/** The gateways that a client has registered with, and which of them is active. */
export class GatewayStore implements Disposable {
  readonly #path: string;
  readonly #database: DatabaseSync;

  /** Use a database that has the schema; see {@linkcode openGatewayStore}. */
  constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
  }

  /**
   * All registrations, oldest first.
   *
   * @throws {DecodeError} If one of them makes no sense.
   */
  list(): GatewayRegistration[] {
    return this.#database.prepare(`${SELECT} ORDER BY r.rowid`).all()
      .map((row) => this.#decode(row));
  }

  /**
   * The registration in use.
   *
   * @throws {DecodeError} If it makes no sense.
   */
  active(): GatewayRegistration | undefined {
    const row = this.#database.prepare(
      `${SELECT} JOIN active_gateway a ON a.active_gateway_id_bs58 = r.gateway_id_bs58`,
    ).get();
    return row && this.#decode(row);
  }

  /**
   * Keep a new registration. It is not made active.
   *
   * @throws {UsageError} If there is one with this gateway already.
   */
  add(registration: GatewayRegistration): void {
    const id = encodeBase58(registration.identity);
    if (this.#has(id)) {
      throw new UsageError(
        `Cannot add gateway ${id}: this client has registered with it already`,
        { hint: `Use it: nymwire gateways switch ${id}` },
      );
    }
    const { sharedKey, listener, fallback, registeredAt } = registration;
    const expires = new Date(registeredAt.getTime() + PUBLISHED_FOR_MS);
    transaction(this.#database, () => {
      this.#database.prepare(
        "INSERT INTO registered_gateway (gateway_id_bs58, registration_timestamp, gateway_type) VALUES (?, ?, 'remote')",
      ).run(id, registeredAt.toISOString());
      this.#database.prepare(
        "INSERT INTO remote_gateway_details (gateway_id_bs58, derived_aes256_gcm_siv_key, gateway_listener, fallback_listener, expiration_timestamp) VALUES (?, ?, ?, ?, ?)",
      ).run(id, sharedKey, listener, fallback, expires.toISOString());
    });
  }

  /**
   * Make a registration the one in use: the last part of the client's address.
   *
   * @throws {UsageError} If there is none with this gateway.
   */
  setActive(identity: Uint8Array): void {
    const id = this.#known(identity);
    this.#database.prepare(
      "UPDATE active_gateway SET active_gateway_id_bs58 = ?",
    ).run(id);
  }

  /**
   * Note where a gateway listens now.
   *
   * @throws {UsageError} If there is no registration with this gateway.
   */
  setListeners(
    identity: Uint8Array,
    listeners: GatewayListeners,
    now: Date,
  ): void {
    const expires = new Date(now.getTime() + PUBLISHED_FOR_MS);
    this.#database.prepare(
      "UPDATE remote_gateway_details SET gateway_listener = ?, fallback_listener = ?, expiration_timestamp = ? WHERE gateway_id_bs58 = ?",
    ).run(
      listeners.listener,
      listeners.fallback,
      expires.toISOString(),
      this.#known(identity),
    );
  }

  /**
   * Forget a registration. If it was active, none is.
   *
   * @throws {UsageError} If there is none with this gateway.
   */
  remove(identity: Uint8Array): void {
    const id = this.#known(identity);
    transaction(this.#database, () => {
      this.#database.prepare(
        "UPDATE active_gateway SET active_gateway_id_bs58 = NULL WHERE active_gateway_id_bs58 = ?",
      ).run(id);
      for (
        const table of [
          "remote_gateway_details",
          "custom_gateway_details",
          "registered_gateway",
        ]
      ) {
        this.#database.prepare(
          `DELETE FROM ${table} WHERE gateway_id_bs58 = ?`,
        ).run(id);
      }
    });
  }

  /** Let go of the database. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #has(id: string): boolean {
    return this.#database.prepare(
      "SELECT 1 FROM registered_gateway WHERE gateway_id_bs58 = ?",
    ).get(id) !== undefined;
  }

  #known(identity: Uint8Array): string {
    const id = encodeBase58(identity);
    if (this.#has(id)) return id;
    throw new UsageError(
      `Cannot use gateway ${
        shortKey(identity)
      }: this client has not registered with it`,
      { hint: `Register first: nymwire gateways add ${id}` },
    );
  }

  #decode(row: Record<string, unknown>): GatewayRegistration {
    try {
      return decodeRegistration(row);
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause;
      throw new DecodeError(`Cannot read ${this.#path}: ${cause.message}`, {
        cause,
        exitCode: EXIT.usage,
        hint: "Restore the file from a backup",
      });
    }
  }
}

const SELECT =
  `SELECT r.gateway_id_bs58 AS id, r.registration_timestamp AS registered,
  d.derived_aes256_gcm_siv_key AS shared_key, d.gateway_listener AS listener, d.fallback_listener AS fallback
  FROM registered_gateway r JOIN remote_gateway_details d ON d.gateway_id_bs58 = r.gateway_id_bs58`;

function decodeRegistration(row: Record<string, unknown>): GatewayRegistration {
  const identity = decodeBase58(String(row.id), {
    title: "gateway identity",
    length: KEY_SIZE,
  });
  const { shared_key, listener, fallback } = row;
  if (!(shared_key instanceof Uint8Array) || shared_key.length !== KEY_SIZE) {
    throw new DecodeError(
      `Cannot decode shared key of gateway ${row.id}: need ${KEY_SIZE} bytes`,
    );
  }
  if (typeof listener !== "string") {
    throw new DecodeError(`Cannot decode listener of gateway ${row.id}`);
  }
  return {
    identity,
    sharedKey: shared_key.slice(),
    listener,
    fallback: typeof fallback === "string" ? fallback : null,
    registeredAt: readTimestamp(row.registered),
  };
}

function assertSchema(path: string, database: DatabaseSync): void {
  const schema = gatewaySchema(database);
  switch (schema) {
    case "current":
      return;
    case "empty":
      throw missingDatabase(path, "empty");
    case "older":
      throw new UsageError(
        `Cannot use ${path}: an earlier nym-client left it`,
        { hint: "Bring the home up to date: nymwire upgrade" },
      );
    case "newer":
      throw new UsageError(
        `Cannot use ${path}: a nym-client that is newer than this nymwire left it`,
        { hint: "Use a newer nymwire" },
      );
    case "foreign":
      throw new UsageError(
        `Cannot use ${path}: it is no database of gateways`,
        { hint: "Restore the file from a backup, or move it away" },
      );
    default:
      schema satisfies never;
  }
}
