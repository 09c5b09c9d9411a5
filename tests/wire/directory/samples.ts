import { encodeBase58 } from "../../../lib/bytes/base58.ts";
import type { Bytes } from "../../../lib/bytes/brand.ts";
import type { SkimmedNode } from "../../../lib/wire/directory/skimmed_node.ts";
import type { SkimmedPage } from "../../../lib/wire/directory/skimmed_page.ts";

/** A key of 32 equal bytes. */
export function key(byte: number): Bytes {
  return new Uint8Array(32).fill(byte);
}

/** The page of one gateway as the documentation of the official directory shows it. */
export const PAGE_JSON = {
  metadata: {
    status: null,
    absolute_epoch_id: 50,
    rotation_id: 2,
    refreshed_at: "2026-05-16T06:27:52Z",
  },
  nodes: {
    pagination: { total: 1, page: 0, size: 1 },
    data: [{
      node_id: 4,
      ed25519_identity_pubkey: encodeBase58(key(1)),
      ip_addresses: ["127.0.0.1"],
      mix_port: 1789,
      x25519_sphinx_pubkey: encodeBase58(key(2)),
      role: "EntryGateway",
      supported_roles: {
        mixnode: false,
        entry: true,
        exit_nr: true,
        exit_ipr: true,
      },
      entry: { hostname: null, ws_port: 9000, wss_port: null },
      performance: "1",
    }],
  },
};

/** The node on {@linkcode PAGE_JSON}. */
export const GATEWAY: SkimmedNode = {
  nodeId: 4,
  identity: key(1),
  ipAddresses: ["127.0.0.1"],
  mixPort: 1789,
  sphinxKey: key(2),
  role: { kind: "entryGateway" },
  supportedRoles: {
    mixnode: false,
    entry: true,
    exitRequester: true,
    exitRouter: true,
  },
  entry: { hostname: undefined, wsPort: 9000, wssPort: undefined },
  performance: "1",
};

/** {@linkcode PAGE_JSON} decoded. */
export const PAGE: SkimmedPage = {
  metadata: {
    status: null,
    epochId: 50,
    rotationId: 2,
    refreshedAt: Date.UTC(2026, 4, 16, 6, 27, 52),
  },
  pagination: { total: 1, page: 0, size: 1 },
  nodes: [GATEWAY],
};
