import type { NodeAddress } from "../message/node_address.ts";

/**
 * Whether an address may be a next hop: loopback, where the embedded network lives. Packets name their next hop themselves,
 * so that without this anyone could make a node connect to anything.
 */
export function mayReach({ host, port }: NodeAddress): boolean {
  return port !== 0 && (host.startsWith("127.") || host === "::1");
}
