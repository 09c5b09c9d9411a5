import { UsageError } from "../errors.ts";
import type { ClientConfig } from "./config.ts";
import { formatConfig } from "./config_template.ts";
import { type GatewayRegistration, openGatewayStore } from "./gateways.ts";
import { writeHomeNetwork } from "./home_network.ts";
import { type ClientKeys, writeKeys } from "./keys.ts";
import type { Network } from "./network.ts";
import { clientsFolder, type HomePaths, homePaths, join } from "./paths.ts";
import {
  exists,
  syncFolder,
  whileThere,
  writePrivateFile,
} from "./private_file.ts";
import { assertSafeParent, ensurePrivateFolder } from "./secure_fs.ts";

/** What a new home holds. */
export interface NewHome {
  /** Its settings; their paths are those of the finished home. */
  config: ClientConfig;
  /** Who the client is. */
  keys: ClientKeys;
  /** The gateway that it has registered with, which becomes the active one. */
  registration: GatewayRegistration;
  /** The network that it is on. */
  network: Network;
}

/**
 * Make a home: it is there as a whole, on disk and closed to others, or not at all. Of the official client's files only those
 * that it cannot make itself are written.
 *
 * @throws {UsageError} If something is there already: an identity is never overwritten.
 */
export async function createHome(
  paths: HomePaths,
  home: NewHome,
): Promise<void> {
  if (await exists(paths.home)) throw occupied(paths);
  await ensurePrivateFolder(clientsFolder(paths.base));
  await assertSafeParent(paths.base);
  // On the same file system as the homes, but not among them.
  const drafts = join(paths.base, "nymwire", "drafts");
  const draft = homePaths(drafts, crypto.randomUUID());
  try {
    await fill(draft, home);
    await move(draft, paths);
  } catch (error) {
    await whileThere(() => Deno.remove(draft.home, { recursive: true }));
    throw error;
  }
  await syncFolder(clientsFolder(paths.base));
}

async function fill(draft: HomePaths, home: NewHome): Promise<void> {
  const { config, keys, registration, network } = home;
  for (const folder of [draft.configDir, draft.dataDir, draft.own]) {
    await ensurePrivateFolder(folder);
  }
  await writeKeys(draft.storage.keys, keys);
  {
    using gateways = await openGatewayStore(
      draft.storage.gatewayRegistrations,
      { create: true },
    );
    gateways.add(registration);
    gateways.setActive(registration.identity);
  }
  await writeHomeNetwork(draft, network);
  await writePrivateFile(draft.config, formatConfig(config));
  await syncFolder(draft.home);
}

async function move(draft: HomePaths, paths: HomePaths): Promise<void> {
  try {
    await Deno.rename(draft.home, paths.home);
  } catch (cause) {
    // A folder is never moved over one that holds something: another process was faster.
    if (await exists(paths.home)) throw occupied(paths, cause);
    throw cause;
  }
}

function occupied({ id, home }: HomePaths, cause?: unknown): UsageError {
  return new UsageError(`Cannot make client ${id}: ${home} exists`, {
    cause,
    hint: "Use it, choose another --id, or move the folder away",
  });
}
