import type { Bytes } from "../../lib/bytes/brand.ts";
import { concat } from "../../lib/bytes/concat.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import type { MixPacket } from "../../lib/message/mix_packet.ts";
import {
  type NodeAddress,
  paddedNodeAddress,
} from "../../lib/message/node_address.ts";
import {
  type DataPacketSizeName,
  PACKET_SIZE,
  SURB_ACK_SIZE,
} from "../../lib/message/packet_size.ts";
import { buildSurbAck } from "../../lib/message/surb_ack.ts";
import { buildPacket } from "../../lib/sphinx/packet.ts";
import type { SphinxHop } from "../../lib/sphinx/route.ts";

/** One node of a route. */
export interface RouteNode {
  readonly mixAddress: NodeAddress;
  readonly sphinxKey: Bytes;
}

/** What a hand-built packet is made of. */
export interface HandBuilt {
  /** Its way; the last one is the recipient's gateway. */
  readonly route: readonly RouteNode[];
  /** The recipient's identity. */
  readonly destination: Bytes;
  /** What the recipient gets: at most 1643 bytes in a regular packet, 21 in an acknowledgement. */
  readonly payload: Uint8Array;
  /** Delays per hop in milliseconds. @default none */
  readonly delays?: readonly number[];
  /** The acknowledgement in front, 405 bytes; none makes it an acknowledgement itself. */
  readonly ack?: Uint8Array | undefined;
  /** The class of a data packet. @default "regular" */
  readonly size?: DataPacketSizeName;
}

/** Build a packet in the sizes of the network, ready for a gateway to send on. */
export function handBuilt(
  { route, destination, payload, delays = [], ack, size = "regular" }:
    HandBuilt,
): MixPacket {
  const packet = buildPacket({
    ...pathOf(route, delays),
    destination,
    message: ack === undefined ? payload : concat(ack, payload),
    payloadSize: PACKET_SIZE[ack === undefined ? "ack" : size].payload,
    version: 259,
    random: systemRandom,
  });
  return {
    packetType: 0,
    rotation: "unknown",
    firstHop: route[0]!.mixAddress,
    packet,
  };
}

/** What stands in front of a message: the first hop of an acknowledgement and its packet. */
export function handBuiltAck(
  route: readonly RouteNode[],
  sender: { readonly identity: Bytes; readonly ackKey: Bytes },
  id: { readonly setId: number; readonly index: number },
): Bytes {
  return buildSurbAck({
    sender,
    id,
    path: pathOf(route, []),
    version: 259,
    random: systemRandom,
  });
}

/** An acknowledgement that leads nowhere, for what nobody acknowledges. */
export const NO_ACK: Bytes = concat(
  paddedNodeAddress({ host: "127.0.0.1", port: 0 }, 19),
  new Uint8Array(SURB_ACK_SIZE - 19),
);

function pathOf(route: readonly RouteNode[], delays: readonly number[]) {
  return {
    route: route.map(({ mixAddress, sphinxKey }): SphinxHop => ({
      address: paddedNodeAddress(mixAddress, 32),
      publicKey: sphinxKey,
    })),
    delays: route.map((_, hop) => BigInt(Math.round((delays[hop] ?? 0) * 1e6))),
  };
}
