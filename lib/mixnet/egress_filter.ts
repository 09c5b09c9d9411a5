import type { NodeAddress } from "../message/node_address.ts";

/**
 * Whether an address may be a next hop: loopback, where the embedded network lives, or the host of a known node. Packets
 * name their next hop themselves, so that without this anyone could make a node connect to anything.
 */
export function egressFilter(
  knownHosts: readonly string[] = [],
): (address: NodeAddress) => boolean {
  const known = new Set(knownHosts);
  return ({ host, port }) =>
    port !== 0 && (isLoopback(host) || known.has(host));
}

function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "::1";
}
