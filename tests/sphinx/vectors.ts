import type { Bytes } from "../../lib/bytes/brand.ts";
import { unhex } from "../support/hex.ts";

/** One packet at one hop, as the recording network saw it. */
export interface HopVector {
  readonly node: string;
  readonly packetHex: string;
  readonly version: readonly [number, number, number];
  readonly type: "forward" | "final";
  readonly nextHex?: string;
  readonly delayNs?: string;
  readonly destination?: string;
  readonly identifier?: string;
  readonly plaintextHex?: string;
  readonly replayTag: string;
}

/** A packet, all hops of its journey, and the random bytes that its maker drew. */
export interface PacketVector {
  readonly name: string;
  readonly hops: readonly HopVector[];
  readonly buildInputs: {
    readonly initialSecretHex: string;
    readonly finalPaddingHex: string;
  };
  /** Node keys by name. */
  readonly secrets: ReadonlyMap<string, Bytes>;
}

/** A recorded data packet and the ack inside of it. */
interface RecordedPacket extends Omit<PacketVector, "name" | "secrets"> {
  readonly ack: Omit<PacketVector, "name" | "secrets">;
  readonly receiver?: { readonly fragmentHex?: string };
  readonly reply?: { readonly keyHex: string };
}

interface VectorFile {
  readonly variant: string;
  readonly network: {
    readonly nodes: readonly {
      readonly name: string;
      readonly sphinxPrivateHex: string;
    }[];
  };
  readonly packets: readonly RecordedPacket[];
}

const FOLDER = new URL("../fixtures/vectors/", import.meta.url);
const FILES = [
  "official-client-anonymous-and-reply.json",
  "official-client-gateway-protocol-4.json",
  "official-client-no-mix-hops.json",
  "official-client-plain-two-gateways.json",
];

/** Read one file of recordings of the official client. */
export function readVectors(file: string): VectorFile {
  return camelCase(JSON.parse(Deno.readTextFileSync(new URL(file, FOLDER))));
}

/** Every packet in the recordings, acks included. */
export function packetVectors(): PacketVector[] {
  return FILES.map(readVectors).flatMap(({ variant, network, packets }) => {
    const secrets = new Map(
      network.nodes.map((
        { name, sphinxPrivateHex },
      ) => [name, unhex(sphinxPrivateHex)]),
    );
    return packets.flatMap((packet, i) => [
      { ...packet, name: `${variant} ${i}`, secrets },
      { ...packet.ack, name: `${variant} ${i} ack`, secrets },
    ]);
  });
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
