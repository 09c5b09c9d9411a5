import { UsageError } from "../errors.ts";
import {
  clientsFolder,
  type Environment,
  homeBase,
  type HomePaths,
  homePaths,
} from "../home/paths.ts";
import { exists, whileThere } from "../home/private_file.ts";
import type { ClientChoice } from "./choice.ts";
import { readSettingsFile } from "./settings_file.ts";
import { shellWord } from "../home/shell_word.ts";

/** The names of the homes below a base, sorted. */
export async function listHomes(base: string): Promise<string[]> {
  const names = await whileThere(async () => {
    const found: string[] = [];
    for await (const { name } of Deno.readDir(clientsFolder(base))) {
      if (await exists(`${clientsFolder(base)}/${name}/config/config.toml`)) {
        found.push(name);
      }
    }
    return found;
  });
  return (names ?? []).toSorted();
}

/**
 * The home that a command means: the one that is named, else the only one there is; nothing if there is none.
 *
 * @throws {UsageError} If the one named is missing, or there are several.
 */
export async function findHome(
  id: string | undefined,
  env: Environment,
): Promise<HomePaths | undefined> {
  const base = homeBase(env);
  if (id !== undefined) {
    const paths = homePaths(base, id);
    if (await exists(paths.config)) return paths;
    const by = await origin(id, env);
    throw new UsageError(
      `Cannot use client ${id}${
        by && `, which ${by} names`
      }: there is no such home in ${clientsFolder(base)}`,
      { hint: `Make it: nymwire init --id ${shellWord(id)}` },
    );
  }
  const names = await listHomes(base);
  if (names.length > 1) {
    throw new UsageError(
      `Cannot choose a client: there are ${names.length}, ${names.join(", ")}`,
      { hint: "Name one with --id or NYMWIRE_ID" },
    );
  }
  return names[0] === undefined ? undefined : homePaths(base, names[0]);
}

/** What names a client, unless a flag does. */
async function origin(id: string, env: Environment): Promise<string> {
  if (env.get("NYMWIRE_ID") === id) return "NYMWIRE_ID";
  const settings = await readSettingsFile(env);
  return settings?.values["id"] === id ? `id in ${settings.path}` : "";
}

/** The home of the client that a command uses; nothing if the client has none here. Recorded messages are of no client. */
export async function homeOf(
  { url, ephemeral, id, replay }: ClientChoice & { readonly replay?: string },
  env: Environment,
): Promise<HomePaths | undefined> {
  const isElsewhere = id === undefined && (url ?? replay) !== undefined;
  return ephemeral || isElsewhere ? undefined : await findHome(id, env);
}

/**
 * The home that a command means, where it cannot do without.
 *
 * @throws {UsageError} If there is none, or several.
 */
export async function needHome(
  id: string | undefined,
  env: Environment,
): Promise<HomePaths> {
  const paths = await findHome(id, env);
  if (paths) return paths;
  throw new UsageError(
    `Cannot find a client: there is no home in ${clientsFolder(homeBase(env))}`,
    { hint: "Make one: nymwire init --id <client_id>" },
  );
}
