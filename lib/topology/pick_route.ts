import { encodeBase58 } from "../bytes/base58.ts";
import { shortKey } from "../bytes/short_key.ts";
import { randomIndex, type RandomSource } from "../crypto/random.ts";
import { EXIT, ProtocolError, UsageError } from "../errors.ts";
import {
  type NodeAddress,
  paddedNodeAddress,
} from "../message/node_address.ts";
import { ADDRESS_SIZE } from "../sphinx/constants.ts";
import type { SphinxHop } from "../sphinx/route.ts";
import type { RoutingNode } from "./node.ts";
import type { Topology } from "./view.ts";

/** A way through the network. */
export interface Route {
  /** The nodes that unwrap the packet, in order: three mix nodes and the recipient's gateway. */
  readonly nodes: readonly RoutingNode[];
  /** The same as packets are built for them. */
  readonly hops: readonly SphinxHop[];
  /** Where our own gateway, which is no hop, sends the packet first. */
  readonly firstHop: NodeAddress;
}

/** Options of {@linkcode pickRoute}. */
export interface PickRouteOptions {
  /** Whether to go through the mix nodes; without them there is no anonymity. @default true */
  readonly mixHops?: boolean | undefined;
}

/**
 * Draw a route to a gateway: one node of each layer, each as likely as any other of its layer, drawn in the order of the
 * layers, and then the gateway (nymtech/nym, common/topology/src/lib.rs).
 *
 * @throws {UsageError} If the topology does not know the gateway; exit code 7.
 * @throws {ProtocolError} If a layer is empty; exit code 3.
 */
export function pickRoute(
  topology: Topology,
  egress: Uint8Array,
  random: RandomSource,
  { mixHops = true }: PickRouteOptions = {},
): Route {
  const gateway = findGateway(topology, egress);
  const mixes = mixHops ? topology.layers.map(pickFrom(random)) : [];
  const nodes = [...mixes, gateway];
  return { nodes, hops: nodes.map(hopOf), firstHop: nodes[0]!.mixHost };
}

/**
 * The gateway of an identity.
 *
 * @throws {UsageError} If the topology does not know it; exit code 7.
 */
export function findGateway(
  topology: Topology,
  identity: Uint8Array,
): RoutingNode {
  const gateway = topology.gateways.get(nameOf(identity));
  if (gateway !== undefined) return gateway;
  throw new UsageError(
    `Cannot reach gateway ${
      shortKey(identity)
    }: it is not on this network, which has ${topology.gateways.size} others`,
    {
      hint: "Check the address, and that both sides use the same network",
      exitCode: EXIT.address,
    },
  );
}

function pickFrom(
  random: RandomSource,
): (layer: readonly RoutingNode[], index: number) => RoutingNode {
  return (layer, index) => {
    if (layer.length > 0) return layer[randomIndex(random, layer.length)]!;
    throw new ProtocolError(
      `Cannot pick a route: layer ${index + 1} has no mix node`,
      {
        hint: "Wait for the network to come back, or choose another",
        exitCode: EXIT.down,
      },
    );
  };
}

/** What packets need of a node is made once for all of them. */
const hopsOfNodes = new WeakMap<RoutingNode, SphinxHop>();

function hopOf(node: RoutingNode): SphinxHop {
  return remembered(hopsOfNodes, node, () => ({
    address: paddedNodeAddress(node.mixHost, ADDRESS_SIZE),
    publicKey: node.sphinxKey,
  }));
}

/** Names of gateways by the array that their identity is in: each packet asks for the same few. */
const names = new WeakMap<Uint8Array, string>();

function nameOf(identity: Uint8Array): string {
  return remembered(names, identity, () => encodeBase58(identity));
}

function remembered<K extends WeakKey, V>(
  memory: WeakMap<K, V>,
  key: K,
  make: () => V,
): V {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}
