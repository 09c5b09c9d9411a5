import { encodeBase58 } from "../bytes/base58.ts";
import { UsageError } from "../errors.ts";
import { loadConfig } from "../home/config_read.ts";
import { openGatewayStore } from "../home/gateways.ts";
import type { HomePaths } from "../home/paths.ts";
import { readPublicKeys } from "../home/public_keys.ts";

/**
 * The address of a home's client, put together from its public keys and its active gateway. Nothing is computed and
 * nobody is asked.
 *
 * @throws {UsageError} If a file of the home is missing or unreadable, or it has no active gateway.
 */
export async function readHomeAddress(paths: HomePaths): Promise<string> {
  const { config } = await loadConfig(paths.config, { light: true });
  const { identity, encryption } = await readPublicKeys(config.storage.keys);
  using store = await openGatewayStore(config.storage.gatewayRegistrations);
  const active = store.active();
  if (active === undefined) {
    throw new UsageError(
      `Cannot tell the address of ${paths.id}: it has no active gateway`,
      { hint: `Add one: nymwire gateways add --id ${paths.id}` },
    );
  }
  const [left, middle, right] = [identity, encryption, active.identity]
    .map(encodeBase58);
  return `${left}.${middle}@${right}`;
}
