import { UsageError } from "../../errors.ts";
import { dirname } from "../paths.ts";
import { ensurePrivateFolder } from "../secure_fs.ts";
import {
  DamagedDatabaseError,
  type DatabaseSync,
  openDatabase,
  orClose,
  setAside,
} from "../sqlite.ts";
import type { ClientStores } from "../stores.ts";
import { giveUpCopied } from "./copied_state.ts";
import { inboxStore } from "./inbox_store.ts";
import { replyKeyStore } from "./reply_key_store.ts";
import {
  completeStateSchema,
  createStateSchema,
  stateSchema,
} from "./schema.ts";
import { senderTagStore } from "./sender_tag_store.ts";
import { surbStore } from "./surb_store.ts";

/** What a client keeps on disk. */
export interface ClientState extends Disposable {
  /** Its stores, all in one database. */
  readonly stores: ClientStores;
  /** Where a damaged database was put that a new one has taken the place of. */
  readonly setAside: string | undefined;
  /** Reply blocks that were given up, because the database is a copy. */
  readonly givenUp: number;
  /** The database, for what belongs to none of the stores. */
  readonly database: DatabaseSync;
  /** Let go of the database. */
  close(): void;
}

/** Options of {@linkcode openState}. */
export interface OpenStateOptions {
  /** Milliseconds since 1970: names a damaged database that is put aside. */
  now: number;
}

/**
 * Open the state of a client, made with its folder if it is missing. Whatever a store has done when it returns survives the death of the
 * process at any instant; what others rely on survives a power cut too. A damaged database is kept aside for a look, and a
 * new one takes its place.
 *
 * @throws {UsageError} If a later version of ours left it, or another user may change its folder.
 */
export async function openState(
  path: string,
  { now }: OpenStateOptions,
): Promise<ClientState> {
  await ensurePrivateFolder(dirname(path));
  try {
    return await clientState(path, undefined);
  } catch (error) {
    if (!(error instanceof DamagedDatabaseError)) throw error;
    const kept = await setAside(path, now);
    return await clientState(path, kept);
  }
}

async function openSound(path: string): Promise<DatabaseSync> {
  const database = await openDatabase(path, { create: true });
  return orClose(database, () => useSchema(path, database));
}

function useSchema(path: string, database: DatabaseSync): void {
  const schema = stateSchema(database);
  switch (schema) {
    case "current":
      return completeStateSchema(database);
    case "empty":
      return createStateSchema(database);
    case "foreign":
      throw new DamagedDatabaseError(path);
    case "newer":
      throw new UsageError(
        `Cannot use ${path}: a newer nymwire left it`,
        { hint: "Use that version" },
      );
    default:
      schema satisfies never;
  }
}

async function clientState(
  path: string,
  setAside: string | undefined,
): Promise<ClientState> {
  const database = await openSound(path);
  const givenUp = await giveUpCopied(path, database).catch((error) => {
    close();
    throw error;
  });
  function close(): void {
    if (database.isOpen) database.close();
  }
  return {
    stores: {
      surbs: surbStore(database),
      replyKeys: replyKeyStore(database),
      senderTags: senderTagStore(database),
      inbox: inboxStore(database),
    },
    setAside,
    givenUp,
    database,
    close,
    [Symbol.dispose]: close,
  };
}
