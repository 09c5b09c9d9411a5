import { homeBase, homePaths } from "../home/paths.ts";
import { resolveNetwork } from "../home/network.ts";
import { exists } from "../home/private_file.ts";
import { createClient } from "./create_client.ts";
import {
  type HomeClient,
  type HomeClientOptions,
  startHomeClient,
} from "./home_client.ts";

/** Options of {@linkcode openHomeClient}. */
export interface OpenHomeClientOptions extends HomeClientOptions {
  /** What the client is called. */
  readonly id: string;
  /** The folder that homes lie under. @default `NYMWIRE_HOME`, else `$NYM_HOME_DIR/.nym`, else `~/.nym` */
  readonly base?: string | undefined;
  /**
   * Make the home if it is missing, on this network: `mainnet`, `sandbox`, `local`, the URL of a directory, an env file or a
   * topology file. @default a missing home is an error
   */
  readonly createOn?: string | undefined;
}

/**
 * Hold the home of a client, made if need be, and run its client in this process: identity, reply blocks and messages that
 * nobody took yet outlive it. One process at a time holds a home.
 *
 * @throws {UsageError} If the home is missing, a file of it is unreadable, or it needs an upgrade; with exit code 4 if another
 * process holds it.
 * @throws {CryptoError} If its key halves do not belong together; exit code 12.
 * @throws {ConnectionError} If directory or gateway cannot be reached; exit code 3.
 * @throws {ProtocolError} If either does not do what it should; exit code 3.
 * @throws The signal's reason.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openHomeClient, startMixnet } from "nymwire";
 *
 * await using mixnet = await startMixnet();
 * const base = await Deno.makeTempDir();
 * const options = { id: "alice", base, createOn: mixnet.apiUrl };
 * const addresses = [];
 * for (let i = 0; i < 2; i++) {
 *   await using home = await openHomeClient(options);
 *   addresses.push(home.client.address);
 * }
 * assertEquals(addresses[0], addresses[1]);
 * await Deno.remove(base, { recursive: true });
 * ```
 */
export async function openHomeClient(
  options: OpenHomeClientOptions,
): Promise<HomeClient> {
  const { id, base = homeBase(Deno.env), createOn, signal, clock } = options;
  const paths = homePaths(base, id);
  if (createOn !== undefined && !await exists(paths.config)) {
    const network = await resolveNetwork(createOn, { base });
    await createClient({ base, id, network, signal, clock });
  }
  return await startHomeClient(paths, options);
}
