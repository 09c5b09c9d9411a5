import type { Bytes } from "../bytes/brand.ts";
import type { NodeAddress } from "../message/node_address.ts";
import { bracketed } from "../wire/directory/address_text.ts";
import {
  performancePercent,
  type SkimmedNode,
} from "../wire/directory/skimmed_node.ts";
import type { TopologyNode } from "../wire/directory/topology_node.ts";

/** Where clients reach a gateway. */
export interface GatewayEntry {
  /** Websocket URLs, the preferred one first: the host name if there is one, then the IP addresses in their order. */
  readonly listeners: readonly string[];
  /** The URL with TLS, if it is served. */
  readonly tlsListener: string | undefined;
}

/** A node as routes are made of it. */
export interface RoutingNode {
  /** Its number in the directory. */
  readonly nodeId: number;
  /** Its Ed25519 identity, 32 bytes. */
  readonly identity: Bytes;
  /** Its X25519 sphinx key of the topology's rotation, 32 bytes. */
  readonly sphinxKey: Bytes;
  /** Where its mix listener is. */
  readonly mixHost: NodeAddress;
  /** Where clients reach it; none if it lets no clients in. */
  readonly entry: GatewayEntry | undefined;
  /** Average of the last day in whole percent. */
  readonly performance: number;
  /** What it is able to do. */
  readonly roles: {
    readonly mixnode: boolean;
    readonly entry: boolean;
    readonly exit: boolean;
  };
}

/** A node of the directory as routes are made of it; nothing if it has no address or no mix port. */
export function routingNodeOf(node: SkimmedNode): RoutingNode | undefined {
  const { ipAddresses, mixPort, supportedRoles: roles } = node;
  const [host] = ipAddresses;
  if (host === undefined || mixPort === 0) return undefined;
  return {
    nodeId: node.nodeId,
    identity: node.identity,
    sphinxKey: node.sphinxKey,
    mixHost: { host, port: mixPort },
    entry: node.entry && gatewayEntry({ ...node.entry, ipAddresses }),
    performance: performancePercent(node.performance),
    roles: {
      mixnode: roles.mixnode,
      entry: roles.entry,
      exit: roles.exitRequester && roles.exitRouter,
    },
  };
}

/** A node of a topology file as routes are made of it; a file says nothing of performance. */
export function routingNodeOfFile(node: TopologyNode): RoutingNode {
  return {
    nodeId: node.nodeId,
    identity: node.identity,
    sphinxKey: node.sphinxKey,
    mixHost: node.mixHost,
    entry: node.entry && gatewayEntry(node.entry),
    performance: 100,
    roles: node.supportedRoles,
  };
}

/** The URLs of a gateway (nymtech/nym, common/topology/src/node.rs), IPv6 addresses in brackets. */
function gatewayEntry(published: {
  readonly ipAddresses: readonly string[];
  readonly hostname: string | undefined;
  readonly wsPort: number;
  readonly wssPort: number | undefined;
}): GatewayEntry {
  const { ipAddresses, hostname, wsPort, wssPort } = published;
  // Anything but a plain name could lead the URL elsewhere.
  const name = /^[\w-]+(\.[\w-]+)*\.?$/.test(hostname ?? "") ? hostname : null;
  const hosts = name ? [name, ...ipAddresses] : ipAddresses;
  return {
    listeners: hosts.map((host) => `ws://${bracketed(host)}:${wsPort}`),
    tlsListener: name && wssPort ? `wss://${name}:${wssPort}` : undefined,
  };
}
