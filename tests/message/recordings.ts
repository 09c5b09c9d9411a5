import type { SphinxHop } from "../../lib/sphinx/route.ts";
import type { SphinxVersion } from "../../lib/sphinx/version.ts";
import type { Bytes } from "../../lib/bytes/brand.ts";
import { x25519PublicKey } from "../../lib/crypto/x25519.ts";
import { paddedNodeAddress } from "../../lib/message/node_address.ts";
import type { Path } from "../../lib/message/path.ts";
import { unhex } from "../support/hex.ts";

/** A client of a recording, with its secrets. */
export interface RecordedClient {
  readonly address: string;
  readonly identityPublicHex: string;
  readonly encryptionPrivateHex: string;
  readonly ackKeyHex: string;
}

/** A packet, the nodes it went through, and what its maker drew. */
export interface RecordedJourney {
  readonly first: { readonly host: string; readonly port: number };
  readonly hops: readonly {
    readonly node: string;
    readonly packetHex: string;
    readonly version: readonly [number, number, number];
    readonly nextHex?: string;
    readonly delayNs?: number;
    readonly destination?: string;
    readonly plaintextHex?: string;
  }[];
  readonly buildInputs: {
    readonly initialSecretHex: string;
    readonly finalPaddingHex: string;
  };
}

/** A data packet as a client handed it to its gateway, with the acknowledgement inside of it. */
export interface RecordedPacket extends RecordedJourney {
  readonly keyRotation: number | null;
  readonly ack: RecordedJourney & {
    readonly payloadHex: string;
    readonly fragmentIdHex: string;
  };
  readonly finalSplit: {
    readonly ackFirstHop19Hex: string;
    readonly ackPacket386Hex: string;
    readonly pushedToClientHex: string;
  };
  /** Of a packet to an address. */
  readonly receiver: Partial<{
    readonly address: string;
    readonly fragmentHex: string;
    readonly ephemeralSecretHex: string;
  }>;
  /** Of a packet through a reply block. */
  readonly reply?: {
    readonly keyHex: string;
    readonly keyDigestHex: string;
    readonly fragmentHex: string;
  };
}

/** What the official client did on a network whose secrets are known. */
export interface Recording {
  readonly variant: string;
  readonly network: {
    readonly nodes: readonly {
      readonly name: string;
      readonly sphinxPrivateHex: string;
    }[];
  };
  readonly clients: readonly RecordedClient[];
  readonly packets: readonly RecordedPacket[];
  readonly received: readonly {
    readonly address: string;
    readonly messages: readonly {
      readonly hex: string;
      readonly senderTagHex: string | null;
    }[];
  }[];
}

/** Every recording of the official client. */
export const RECORDINGS: readonly Recording[] = [
  "official-client-anonymous-and-reply.json",
  "official-client-gateway-protocol-4.json",
  "official-client-no-mix-hops.json",
  "official-client-plain-two-gateways.json",
].map((file) => {
  const url = new URL(`../fixtures/vectors/${file}`, import.meta.url);
  return camelCase(JSON.parse(Deno.readTextFileSync(url)));
});

/** Route and delays of a recorded packet. */
export function pathOf(
  { first, hops }: RecordedJourney,
  { network }: Recording,
): Path {
  const keys = new Map(network.nodes.map((
    { name, sphinxPrivateHex },
  ) => [name, x25519PublicKey(unhex(sphinxPrivateHex))]));
  const route: SphinxHop[] = hops.map(({ node }, i) => ({
    address: i === 0
      ? paddedNodeAddress(first, 32)
      : unhex(hops[i - 1]!.nextHex!),
    publicKey: keys.get(node)!,
  }));
  return { route, delays: hops.map(({ delayNs }) => BigInt(delayNs ?? 0)) };
}

/** Version of a recorded packet. */
export function versionOf({ hops }: RecordedJourney): SphinxVersion {
  const [, major, minor] = hops[0]!.version;
  return major * 256 + minor as SphinxVersion;
}

/** What the maker of a packet drew for it, in order. */
export function drawsOf({ buildInputs }: RecordedJourney): Bytes[] {
  return [
    unhex(buildInputs.initialSecretHex),
    unhex(buildInputs.finalPaddingHex),
  ];
}

/** The same JSON with the names of all fields in camel case. */
function camelCase<T>(json: T): T {
  if (Array.isArray(json)) return json.map(camelCase) as T;
  if (typeof json !== "object" || json === null) return json;
  const fields = Object.entries(json).map(([name, value]) => [
    name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    camelCase(value),
  ]);
  return Object.fromEntries(fields);
}
