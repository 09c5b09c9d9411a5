import type { Bytes } from "../../bytes/brand.ts";
import type { NodeAddress } from "../../message/node_address.ts";
import type { JsonReader } from "../json_reader.ts";
import {
  formatSocketAddress,
  readIpAddress,
  readSocketAddress,
} from "./address_text.ts";
import { U16_MAX, U32_MAX } from "./limits.ts";

/** Where clients reach a gateway of a topology file. */
export interface TopologyEntry {
  /** Its addresses as IP literals, the preferred one first. */
  readonly ipAddresses: readonly string[];
  /** Port of `ws://`. */
  readonly wsPort: number;
  /** Its host name, if it has one. */
  readonly hostname: string | undefined;
  /** Port of `wss://`, if it is served. */
  readonly wssPort: number | undefined;
}

/** One node of a topology file. */
export interface TopologyNode {
  /** Its number in the directory. */
  readonly nodeId: number;
  /** Where its mix listener is. */
  readonly mixHost: NodeAddress;
  /** Where clients reach it; none if it lets no clients in. */
  readonly entry: TopologyEntry | undefined;
  /** Its Ed25519 identity, 32 bytes. */
  readonly identity: Bytes;
  /** Its X25519 sphinx key, 32 bytes. */
  readonly sphinxKey: Bytes;
  /** What it is able to do. */
  readonly supportedRoles: {
    readonly mixnode: boolean;
    readonly entry: boolean;
    readonly exit: boolean;
  };
}

/** Read one node (nymtech/nym, common/topology/src/node.rs); keys are arrays of numbers there. */
export function readTopologyNode(json: JsonReader): TopologyNode {
  const roles = json.field("supported_roles");
  const entry = json.optional("entry");
  return {
    nodeId: json.field("node_id").integer(0, U32_MAX),
    mixHost: readSocketAddress(json.field("mix_host")),
    entry: entry === undefined ? undefined : readEntry(entry),
    identity: json.field("identity_key").byteArray(32),
    sphinxKey: json.field("sphinx_key").byteArray(32),
    supportedRoles: {
      mixnode: roles.field("mixnode").boolean(),
      entry: roles.field("mixnet_entry").boolean(),
      exit: roles.field("mixnet_exit").boolean(),
    },
  };
}

/** One node as a JSON value with the official names. */
export function topologyNodeToJson(
  node: TopologyNode,
): Record<string, unknown> {
  const { entry, supportedRoles: roles } = node;
  return {
    node_id: node.nodeId,
    mix_host: formatSocketAddress(node.mixHost),
    entry: entry === undefined ? null : {
      ip_addresses: entry.ipAddresses,
      clients_ws_port: entry.wsPort,
      hostname: entry.hostname ?? null,
      clients_wss_port: entry.wssPort ?? null,
    },
    identity_key: [...node.identity],
    sphinx_key: [...node.sphinxKey],
    supported_roles: {
      mixnode: roles.mixnode,
      mixnet_entry: roles.entry,
      mixnet_exit: roles.exit,
    },
  };
}

function readEntry(json: JsonReader): TopologyEntry {
  return {
    ipAddresses: json.field("ip_addresses").array(64).map(readIpAddress),
    wsPort: json.field("clients_ws_port").integer(0, U16_MAX),
    hostname: json.optional("hostname")?.string(253),
    wssPort: json.optional("clients_wss_port")?.integer(0, U16_MAX),
  };
}
