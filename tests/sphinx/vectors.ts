import type { Bytes } from "../../lib/bytes/brand.ts";
import { unhex } from "../support/hex.ts";

/** One packet at one hop, as the recording network saw it. */
export interface HopVector {
  readonly node: string;
  readonly packet_hex: string;
  readonly version: readonly [number, number, number];
  readonly type: "forward" | "final";
  readonly next_hex?: string;
  readonly delay_ns?: string;
  readonly destination?: string;
  readonly identifier?: string;
  readonly plaintext_hex?: string;
  readonly replay_tag: string;
}

/** A packet, all hops of its journey, and the random bytes that its maker drew. */
export interface PacketVector {
  readonly name: string;
  readonly hops: readonly HopVector[];
  readonly build_inputs: {
    readonly initial_secret_hex: string;
    readonly final_padding_hex: string;
  };
  /** Node keys by name. */
  readonly secrets: ReadonlyMap<string, Bytes>;
}

/** A recorded data packet and the ack inside of it. */
interface RecordedPacket extends Omit<PacketVector, "name" | "secrets"> {
  readonly ack: Omit<PacketVector, "name" | "secrets">;
  readonly receiver?: { readonly fragment_hex?: string };
  readonly reply?: { readonly key_hex: string };
}

interface VectorFile {
  readonly variant: string;
  readonly network: {
    readonly nodes: readonly {
      readonly name: string;
      readonly sphinx_private_hex: string;
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
  return JSON.parse(Deno.readTextFileSync(new URL(file, FOLDER)));
}

/** Every packet in the recordings, acks included. */
export function packetVectors(): PacketVector[] {
  return FILES.map(readVectors).flatMap(({ variant, network, packets }) => {
    const secrets = new Map(
      network.nodes.map((
        { name, sphinx_private_hex },
      ) => [name, unhex(sphinx_private_hex)]),
    );
    return packets.flatMap((packet, i) => [
      { ...packet, name: `${variant} ${i}`, secrets },
      { ...packet.ack, name: `${variant} ${i} ack`, secrets },
    ]);
  });
}
