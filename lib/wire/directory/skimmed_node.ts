import { encodeBase58 } from "../../bytes/base58.ts";
import type { Bytes } from "../../bytes/brand.ts";
import type { JsonReader } from "../json_reader.ts";
import { readIpAddress } from "./address_text.ts";
import { U16_MAX, U32_MAX } from "./limits.ts";

/** What a node does in the current epoch, as published for information; layers are those of the rewarded set. */
export type NodeRole =
  | { readonly kind: "mixnode"; readonly layer: 1 | 2 | 3 }
  | { readonly kind: "entryGateway" }
  | { readonly kind: "exitGateway" }
  | { readonly kind: "standby" }
  | { readonly kind: "inactive" };

/** What a node declares that it is able to do. */
export interface SupportedRoles {
  /** Mix packets. */
  readonly mixnode: boolean;
  /** Let clients in. */
  readonly entry: boolean;
  /** Reach the internet as a network requester. */
  readonly exitRequester: boolean;
  /** Reach the internet as a router of IP packets. */
  readonly exitRouter: boolean;
}

/** Where clients reach a gateway. */
export interface SkimmedEntry {
  /** Its host name, if it has one. */
  readonly hostname: string | undefined;
  /** Port of `ws://`. */
  readonly wsPort: number;
  /** Port of `wss://`, if it is served. */
  readonly wssPort: number | undefined;
}

/** One node as the directory publishes it to clients. */
export interface SkimmedNode {
  /** Its number in the directory. */
  readonly nodeId: number;
  /** Its Ed25519 identity, 32 bytes. */
  readonly identity: Bytes;
  /** Its addresses as IP literals, the preferred one first. */
  readonly ipAddresses: readonly string[];
  /** Port of its mix listener. */
  readonly mixPort: number;
  /** Its X25519 sphinx key of the page's rotation, 32 bytes. */
  readonly sphinxKey: Bytes;
  /** What it does now. */
  readonly role: NodeRole;
  /** What it is able to do. */
  readonly supportedRoles: SupportedRoles;
  /** Where clients reach it; none if it lets no clients in. */
  readonly entry: SkimmedEntry | undefined;
  /** Average of the last day, a decimal number out of 0 … 1 as text. */
  readonly performance: string;
}

/** Roles of a node that declares none. */
const NO_ROLES: SupportedRoles = {
  mixnode: false,
  entry: false,
  exitRequester: false,
  exitRouter: false,
};

/** Read one node (nymtech/nym, nym-api/nym-api-requests/src/nym_nodes.rs). */
export function readSkimmedNode(json: JsonReader): SkimmedNode {
  const roles = json.optional("supported_roles");
  const entry = json.optional("entry");
  return {
    nodeId: json.field("node_id").integer(0, U32_MAX),
    identity: json.field("ed25519_identity_pubkey").base58(32),
    ipAddresses: json.field("ip_addresses").array(64).map(readIpAddress),
    mixPort: json.field("mix_port").integer(0, U16_MAX),
    sphinxKey: json.field("x25519_sphinx_pubkey").base58(32),
    role: readRole(json.optional("epoch_role") ?? json.field("role")),
    supportedRoles: roles === undefined ? NO_ROLES : readRoles(roles),
    entry: entry === undefined ? undefined : readEntry(entry),
    performance: readPerformance(json.field("performance")),
  };
}

/** One node as a JSON value with the official names. */
export function skimmedNodeToJson(node: SkimmedNode): Record<string, unknown> {
  const { supportedRoles: roles, entry } = node;
  return {
    node_id: node.nodeId,
    ed25519_identity_pubkey: encodeBase58(node.identity),
    ip_addresses: node.ipAddresses,
    mix_port: node.mixPort,
    x25519_sphinx_pubkey: encodeBase58(node.sphinxKey),
    role: roleToJson(node.role),
    supported_roles: {
      mixnode: roles.mixnode,
      entry: roles.entry,
      exit_nr: roles.exitRequester,
      exit_ipr: roles.exitRouter,
    },
    entry: entry === undefined ? null : {
      hostname: entry.hostname ?? null,
      ws_port: entry.wsPort,
      wss_port: entry.wssPort ?? null,
    },
    performance: node.performance,
  };
}

/** A performance in whole percent, cut off as official clients do before they compare: `"0.499"` is 49. */
export function performancePercent(performance: string): number {
  const [whole, fraction = ""] = performance.split(".");
  return Number(whole) * 100 + Number(fraction.padEnd(2, "0").slice(0, 2));
}

const ROLE_NAMES = {
  EntryGateway: "entryGateway",
  ExitGateway: "exitGateway",
  Standby: "standby",
  Inactive: "inactive",
} as const;

function readRole(json: JsonReader): NodeRole {
  if (typeof json.value !== "string") {
    const layer = json.field("Mixnode").field("layer").integer(1, 3);
    // The bounds leave these three.
    return { kind: "mixnode", layer: layer as 1 | 2 | 3 };
  }
  // The keys of the table are what oneOf() gives.
  const name = json.oneOf(Object.keys(ROLE_NAMES)) as keyof typeof ROLE_NAMES;
  return { kind: ROLE_NAMES[name] };
}

function roleToJson(role: NodeRole): unknown {
  if (role.kind === "mixnode") return { Mixnode: { layer: role.layer } };
  return role.kind[0]!.toUpperCase() + role.kind.slice(1);
}

function readRoles(json: JsonReader): SupportedRoles {
  return {
    mixnode: json.field("mixnode").boolean(),
    entry: json.field("entry").boolean(),
    exitRequester: json.field("exit_nr").boolean(),
    exitRouter: json.field("exit_ipr").boolean(),
  };
}

function readEntry(json: JsonReader): SkimmedEntry {
  return {
    hostname: json.optional("hostname")?.string(253),
    wsPort: json.field("ws_port").integer(0, U16_MAX),
    wssPort: json.optional("wss_port")?.integer(0, U16_MAX),
  };
}

function readPerformance(json: JsonReader): string {
  const text = json.string(21);
  if (!/^(?:0(?:\.\d{1,18})?|1(?:\.0{1,18})?)$/.test(text)) {
    throw json.error("need a decimal number from 0 to 1, have other text");
  }
  return text;
}
