import type { Network } from "../home/network.ts";
import { decodeTopologyFile } from "../wire/directory/topology_file.ts";
import {
  type DirectoryOptions,
  directorySource,
  fileSource,
  type NetworkSource,
} from "./directory.ts";

/** Options of {@linkcode networkSource}. */
export type NetworkSourceOptions = Pick<
  DirectoryOptions,
  "settings" | "clock" | "memory"
>;

/**
 * Where a client learns of the network that its user means.
 *
 * @throws {UsageError} If a URL is malformed.
 * @throws {DecodeError} If a topology file is malformed; exit code 2.
 */
export async function networkSource(
  network: Network,
  options: NetworkSourceOptions,
): Promise<NetworkSource> {
  if (network.kind === "directory") {
    return directorySource({ urls: network.apiUrls, ...options });
  }
  return fileSource(
    decodeTopologyFile(await Deno.readTextFile(network.file), network),
    options.clock,
  );
}
