import {
  basename,
  dirname,
  type HomePaths,
  join,
  type KeyPaths,
  type StoragePaths,
} from "./paths.ts";
import { exists } from "./private_file.ts";

/** A path of `config.toml` that leads nowhere or into another home, and where the file is instead. */
export interface MovedPath {
  /** The full key in `config.toml`. */
  readonly key: string;
  /** The path there. */
  readonly from: string;
  /** The path that leads somewhere. */
  readonly to: string;
}

/** Where the files of a home are. */
export interface LocatedStorage {
  /** The paths to use. */
  readonly storage: StoragePaths;
  /** Those that differ from `config.toml`. */
  readonly moved: readonly MovedPath[];
  /** The home that `config.toml` leads into although its files are here too: this one is a copy of it. */
  readonly copyOf: string | undefined;
}

/**
 * Find the files that `config.toml` names by absolute paths: where one leads nowhere, or into another home although it is in
 * this one too, in the home itself, so that a home can be moved and copied as a whole. What is nowhere keeps its path, unless
 * not even its folder is there.
 */
export async function locateStorage(
  storage: StoragePaths,
  { dataDir }: Pick<HomePaths, "dataDir">,
): Promise<LocatedStorage> {
  const moved: MovedPath[] = [];
  let copyOf: string | undefined;
  async function locate(key: string, path: string): Promise<string> {
    const to = await locateFile(path, dataDir);
    if (to !== path) {
      moved.push({ key: `storage_paths.${key}`, from: path, to });
      if (await exists(path)) copyOf ??= await homeOfFile(path);
    }
    return to;
  }
  const keys: Record<keyof KeyPaths, string> = { ...storage.keys };
  for (const [name, key] of Object.entries(KEY_NAMES)) {
    const part = name as keyof KeyPaths;
    keys[part] = await locate(`keys.${key}`, storage.keys[part]);
  }
  return {
    storage: {
      keys,
      credentialsDatabase: await locate(
        "credentials_database",
        storage.credentialsDatabase,
      ),
      replySurbDatabase: await locate(
        "reply_surb_database",
        storage.replySurbDatabase,
      ),
      gatewayRegistrations: await locate(
        "gateway_registrations",
        storage.gatewayRegistrations,
      ),
    },
    moved,
    copyOf,
  };
}

/** Where a file is: under its path, else under its name in `folder`; there too if its path leads into another home. */
export async function locateFile(
  path: string,
  folder: string,
): Promise<string> {
  const here = join(folder, basename(path));
  if (path === here) return path;
  const isHere = await exists(here);
  if (!await exists(path)) {
    return isHere || !await exists(dirname(path)) ? here : path;
  }
  if (!isHere || await homeOfFile(path) === undefined) return path;
  // Two names of one file are no copy.
  return await Deno.realPath(path) === await Deno.realPath(here) ? path : here;
}

/** The home that a file is part of, if it lies in one. */
export async function homeOfFile(path: string): Promise<string | undefined> {
  const home = dirname(dirname(path));
  return await exists(join(home, "config", "config.toml")) ? home : undefined;
}

/** What `config.toml` calls the key files. */
export const KEY_NAMES: Readonly<Record<keyof KeyPaths, string>> = {
  privateIdentity: "private_identity_key_file",
  publicIdentity: "public_identity_key_file",
  privateEncryption: "private_encryption_key_file",
  publicEncryption: "public_encryption_key_file",
  ackKey: "ack_key_file",
};
