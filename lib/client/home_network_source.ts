import { directorySource, type NetworkSource } from "./directory.ts";
import { networkSource, type NetworkSourceOptions } from "./network_source.ts";
import { UsageError } from "../errors.ts";
import type { ClientConfig } from "../home/config.ts";
import { readHomeNetwork } from "../home/home_network.ts";
import { resolveNetwork } from "../home/network.ts";
import type { HomePaths } from "../home/paths.ts";
import { exists } from "../home/private_file.ts";

/** Options of {@linkcode homeNetworkSource}. */
export interface HomeNetworkSourceOptions
  extends Omit<NetworkSourceOptions, "settings"> {
  /** Another network than the home's, in the words of `--network`; what it answers is not remembered. */
  readonly instead?: string | undefined;
}

/**
 * Where the client of a home learns of its network: the directories of its `config.toml`, or what the home remembers beyond
 * that.
 *
 * @throws {ConnectionError} If it is the embedded network and that does not run; exit code 3.
 * @throws {UsageError} If it is a file that is gone.
 */
export async function homeNetworkSource(
  paths: HomePaths,
  { debug, nymApiUrls }: ClientConfig,
  { clock, memory, instead }: HomeNetworkSourceOptions,
): Promise<NetworkSource> {
  const options = { settings: debug.topology, clock, memory };
  if (instead !== undefined) {
    const named = await resolveNetwork(instead, { base: paths.base });
    return await networkSource(named, { ...options, memory: undefined });
  }
  const remembered = await readHomeNetwork(paths);
  if (remembered === undefined) {
    return directorySource({ urls: nymApiUrls, ...options });
  }
  const name = remembered.kind === "local" ? "local" : remembered.file;
  if (remembered.kind === "topology" && !await exists(name)) {
    throw new UsageError(
      `Cannot read the network of client ${paths.id}: ${name} is missing`,
      { hint: "Put the topology file back" },
    );
  }
  return await networkSource(
    await resolveNetwork(name, { base: paths.base }),
    options,
  );
}
