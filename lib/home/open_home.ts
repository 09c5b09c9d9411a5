import { type Clock, systemClock } from "../async/clock.ts";
import { wipe } from "../bytes/wipe.ts";
import { EXIT, UsageError } from "../errors.ts";
import type { ClientConfig } from "./config.ts";
import { loadConfig } from "./config_read.ts";
import { findForeignHolder } from "./foreign_holder.ts";
import { type GatewayStore, openGatewayStore } from "./gateways.ts";
import { type ClientKeys, readKeys } from "./keys.ts";
import {
  type LocatedStorage,
  locateStorage,
  type MovedPath,
} from "./locate.ts";
import { lockHome } from "./lock_home.ts";
import { takeOverReplies } from "./official_replies.ts";
import type { HomePaths, StoragePaths } from "./paths.ts";
import { type Tightened, tightenTree } from "./secure_fs.ts";
import { DamagedDatabaseError } from "./sqlite.ts";
import { type ClientState, openState } from "./state/open_state.ts";

/** Something about a home that its user should hear of, though it stops nothing. */
export type HomeNotice =
  /** Others could read it; now they cannot. */
  | { readonly kind: "tightened"; readonly tightened: Tightened }
  /** Paths of `config.toml` that lead nowhere; the files were found in the home. */
  | { readonly kind: "moved"; readonly paths: readonly MovedPath[] }
  /** `config.toml` names the files of the home that this one was copied from; those of this one are used. */
  | { readonly kind: "copied"; readonly of: string }
  /** A damaged file of ours was kept under another name, and a new one took its place. */
  | { readonly kind: "setAside"; readonly path: string }
  /** The state is a copy, or comes out of a backup: its reply blocks may have been used since. */
  | { readonly kind: "givenUp"; readonly blocks: number }
  /** The official client was killed in this home: what it kept of replies cannot be trusted. */
  | { readonly kind: "killed" }
  /** The official client's database of replies is damaged; it is left as it is. */
  | { readonly kind: "damagedReplies"; readonly path: string }
  /** Reply blocks came over from the official client, which has them no more. */
  | {
    readonly kind: "takenOver";
    readonly blocks: number;
    readonly keys: number;
  }
  /** The network is taken as an earlier run has learned it: a moment ago, or later if the directory does not answer now. */
  | {
    readonly kind: "recalled";
    readonly network: string;
    /** How old it is, in milliseconds. */
    readonly age: number;
    /** Why nothing newer was learned; none if that was not tried. */
    readonly failure: string | undefined;
  };

/** A home that this process holds. */
export interface OpenHome extends Disposable {
  /** All its paths. */
  readonly paths: HomePaths;
  /** What its `config.toml` says. */
  readonly config: ClientConfig;
  /** Where its files are. */
  readonly storage: StoragePaths;
  /** Who the client is. The secrets are wiped when the home is closed. */
  readonly keys: ClientKeys;
  /** Its gateways. */
  readonly gateways: GatewayStore;
  /** What outlives the client. */
  readonly state: ClientState;
  /** What its user should hear of. */
  readonly notices: readonly HomeNotice[];
  /** Let go of everything. */
  close(): void;
}

/** Options of {@linkcode openHome}. */
export interface OpenHomeOptions {
  /** Open it even if the official client seems to hold it. @default false */
  direct?: boolean;
  /** Time. @default the system's */
  clock?: Clock;
  /** Stops waiting for the lock. */
  signal?: AbortSignal | undefined;
}

/**
 * Hold a home: read its settings and keys, close it to others, open its databases.
 *
 * @throws {UsageError} If there is none, it needs an upgrade, a file is missing or another user may change it; with exit code
 * 4 if another process holds it.
 * @throws {CryptoError} If key halves do not belong together; exit code 12.
 */
export async function openHome(
  paths: HomePaths,
  options: OpenHomeOptions = {},
): Promise<OpenHome> {
  const { direct = false, clock = systemClock, signal } = options;
  const { config } = await loadConfig(paths.config);
  const tightened = await tightenTree(paths.home);
  const located = await locateStorage(config.storage, paths);
  const { storage } = located;
  const { copyOf } = located;
  const database = storage.gatewayRegistrations;
  const opened: Disposable[] = [
    await lockHome(paths, { database, copyOf, clock, signal }),
  ];
  try {
    if (!direct) {
      await assertNotForeign(paths, storage);
      if (copyOf) await assertNotForeign(paths, config.storage);
    }
    const keys = await readKeys(storage.keys);
    const gateways = await openGatewayStore(storage.gatewayRegistrations);
    opened.push(gateways);
    const state = await openState(paths.state, { now: clock.wall() });
    opened.push(state);
    const notices = [
      ...noticesOf(tightened, located, state),
      ...await takeOver(storage, state),
    ];
    const close = () => {
      closeAll(opened);
      wipe(keys.identity.secret, keys.encryption.secret, keys.ackKey);
    };
    return {
      paths,
      config,
      storage,
      keys,
      gateways,
      state,
      notices,
      close,
      [Symbol.dispose]: close,
    };
  } catch (error) {
    closeAll(opened);
    throw error;
  }
}

/** The lock goes last: nobody finds a home free that is not let go. */
function closeAll(opened: Disposable[]): void {
  for (const part of opened.splice(0).reverse()) part[Symbol.dispose]();
}

async function assertNotForeign(
  { id }: HomePaths,
  storage: StoragePaths,
): Promise<void> {
  const holder = await findForeignHolder(storage);
  if (holder === undefined) return;
  throw new UsageError(
    `Cannot open home ${id}: ${holder.name} (process ${holder.pid}) uses it`,
    {
      exitCode: EXIT.busy,
      hint:
        "Talk to it on its websocket, or end it; send, listen, request and pipe can insist with --direct",
    },
  );
}

function noticesOf(
  tightened: readonly Tightened[],
  { moved, copyOf }: LocatedStorage,
  state: ClientState,
): HomeNotice[] {
  const notices: HomeNotice[] = [
    ...tightened.map((tightened) =>
      ({ kind: "tightened", tightened }) as const
    ),
  ];
  if (copyOf !== undefined) notices.push({ kind: "copied", of: copyOf });
  else if (moved.length > 0) notices.push({ kind: "moved", paths: moved });
  if (state.setAside !== undefined) {
    notices.push({ kind: "setAside", path: state.setAside });
  }
  if (state.givenUp > 0) {
    notices.push({ kind: "givenUp", blocks: state.givenUp });
  }
  return notices;
}

async function takeOver(
  storage: StoragePaths,
  state: ClientState,
): Promise<HomeNotice[]> {
  const path = storage.replySurbDatabase;
  try {
    const taken = await takeOverReplies(path, state.database);
    if (taken.inUse) return [{ kind: "killed" }];
    const { blocks, keys } = taken;
    return blocks + keys > 0 ? [{ kind: "takenOver", blocks, keys }] : [];
  } catch (error) {
    if (!(error instanceof DamagedDatabaseError)) throw error;
    return [{ kind: "damagedReplies", path }];
  }
}
