import { type Clock, systemClock } from "../../async/clock.ts";
import { EXIT, UsageError } from "../../errors.ts";
import { loadConfig } from "../config_read.ts";
import { findForeignHolder } from "../foreign_holder.ts";
import { openGatewayStore } from "../gateways.ts";
import { lockHome } from "../lock_home.ts";
import {
  dirname,
  type HomePaths,
  isAbsolute,
  type StoragePaths,
} from "../paths.ts";
import { exists, removeIfThere, writePrivateFile } from "../private_file.ts";
import { ensurePrivateFolder, tightenTree } from "../secure_fs.ts";
import { openDatabase, settle } from "../sqlite.ts";
import {
  type Backup,
  latestBackup,
  makeBackup,
  restoreBackup,
} from "./backup.ts";
import { type OldGateways, writeGateways } from "./old_gateways.ts";
import {
  planUpgrade,
  type PlanUpgradeOptions,
  type UpgradePlan,
} from "./plan.ts";

/** Options of {@linkcode applyUpgrade}. */
export interface ApplyUpgradeOptions extends PlanUpgradeOptions {
  /** Time. @default the system's */
  clock?: Clock;
  /** Stops waiting for the home. */
  signal?: AbortSignal | undefined;
}

/** What an upgrade has done. */
export interface DoneUpgrade {
  /** What it was to do, and did. */
  readonly plan: UpgradePlan;
  /** What the home was before; nothing if there was nothing to do. */
  readonly backup: Backup | undefined;
}

/**
 * Bring a home of any version up to date, whole or not at all: what changes is copied first, `config.toml` changes last, and
 * if the result cannot be read the home is put back. Doing it again does nothing.
 *
 * @throws {UsageError} As {@linkcode planUpgrade}, or with exit code 4 if another process holds the home.
 * @throws {CryptoError} If key halves do not belong together; exit code 12.
 */
export async function applyUpgrade(
  paths: HomePaths,
  options: ApplyUpgradeOptions = {},
): Promise<DoneUpgrade> {
  const { clock = systemClock } = options;
  // Says that there is no home, or none that can be upgraded, before anything is made in it.
  const first = await planUpgrade(paths, options);
  if (first.steps.length === 0) return { plan: first, backup: undefined };
  using _held = await hold(
    paths,
    first.result.gatewaysPath,
    options,
  );
  const plan = await planUpgrade(paths, options);
  const { config, gateways, gatewaysPath } = plan.result;
  await settleDatabase(gatewaysPath);
  const backup = await makeBackup(paths, {
    from: plan.from,
    files: [
      ...(gateways === undefined ? [] : [gatewaysPath]),
      ...(config === undefined ? [] : [paths.config]),
    ],
    now: clock.wall(),
  });
  try {
    if (gateways !== undefined) await replaceGateways(gatewaysPath, gateways);
    if (config !== undefined) await writePrivateFile(paths.config, config);
    await verify(paths);
  } catch (error) {
    await restoreBackup(paths, backup);
    throw error;
  }
  return { plan, backup };
}

/**
 * Put a home back to what it was before its last upgrade.
 *
 * @returns The backup that was put back.
 * @throws {UsageError} If there is none, or with exit code 4 if another process holds the home.
 */
export async function rollbackUpgrade(
  paths: HomePaths,
  options: Omit<ApplyUpgradeOptions, "urls"> = {},
): Promise<Backup> {
  const first = await latestBackup(paths);
  if (first === undefined) throw noBackup(paths);
  // Files of the home itself are named from there.
  const elsewhere = first.files.find(({ path }) => isAbsolute(path))?.path;
  const database = elsewhere ?? paths.storage.gatewayRegistrations;
  using _held = await hold(paths, database, options);
  const backup = await latestBackup(paths);
  if (backup === undefined) throw noBackup(paths);
  await restoreBackup(paths, backup);
  return backup;
}

async function hold(
  paths: HomePaths,
  database: string,
  { clock = systemClock, signal }: ApplyUpgradeOptions,
): Promise<DisposableStack> {
  await tightenTree(paths.home);
  using locks = await lockHome(paths, { database, clock, signal });
  await assertNotForeign(paths.id, {
    ...paths.storage,
    gatewayRegistrations: database,
  });
  return locks.move();
}

async function assertNotForeign(
  id: string,
  storage: StoragePaths,
): Promise<void> {
  const holder = await findForeignHolder(storage);
  if (holder === undefined) return;
  throw new UsageError(
    `Cannot change home ${id}: ${holder.name} (process ${holder.pid}) uses it`,
    { exitCode: EXIT.busy, hint: "End it first" },
  );
}

/** What SQLite has beside a database goes into it, so that the file alone is the whole. */
async function settleDatabase(path: string): Promise<void> {
  if (!await exists(path)) return;
  const database = await openDatabase(path);
  settle(database);
  database.close();
}

async function replaceGateways(
  path: string,
  gateways: OldGateways,
): Promise<void> {
  // A folder that exists may be the user's own, with other things in it.
  if (!await exists(dirname(path))) await ensurePrivateFolder(dirname(path));
  const draft = `${path}.draft`;
  // A draft of an upgrade that was killed is worth nothing.
  await removeIfThere(draft);
  await writeGateways(draft, gateways);
  await Deno.rename(draft, path);
}

async function verify(paths: HomePaths): Promise<void> {
  const { config } = await loadConfig(paths.config);
  using _gateways = await openGatewayStore(config.storage.gatewayRegistrations);
}

function noBackup({ id }: HomePaths): UsageError {
  return new UsageError(
    `Cannot roll back home ${id}: it has no backup of an upgrade`,
    { hint: "Restore it from a backup of your own" },
  );
}
