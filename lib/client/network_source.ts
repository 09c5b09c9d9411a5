import type { Clock } from "../async/clock.ts";
import type { TopologySettings } from "../home/debug.ts";
import type { Network } from "../home/network.ts";
import { decodeTopologyFile } from "../wire/directory/topology_file.ts";
import {
  directorySource,
  fileSource,
  type NetworkSource,
} from "./directory.ts";

/**
 * Where a client learns of the network that its user means.
 *
 * @throws {UsageError} If a URL is malformed.
 * @throws {DecodeError} If a topology file is malformed; exit code 2.
 */
export async function networkSource(
  network: Network,
  { settings, clock }: { settings: TopologySettings; clock: Clock },
): Promise<NetworkSource> {
  if (network.kind === "directory") {
    return directorySource({ urls: network.apiUrls, settings, clock });
  }
  return fileSource(
    decodeTopologyFile(await Deno.readTextFile(network.file)),
    clock,
  );
}
