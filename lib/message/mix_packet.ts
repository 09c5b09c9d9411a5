import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { ByteReader } from "../bytes/reader.ts";
import {
  type KeyRotation,
  rotationByte,
  rotationFromByte,
} from "./key_rotation.ts";
import {
  decodeNodeAddress,
  encodeNodeAddress,
  type NodeAddress,
} from "./node_address.ts";
import { packetSizeByLength } from "./packet_size.ts";
import { type PacketType, packetType } from "./packet_type.ts";

/** What a client hands to its gateway: a packet and where it goes first. */
export interface MixPacket {
  /** Its format. */
  readonly packetType: PacketType;
  /** Which of their keys the nodes must use; the first encoding cannot say it. */
  readonly rotation: KeyRotation;
  /** The mix port that the gateway sends it to. */
  readonly firstHop: NodeAddress;
  /** The packet itself, of one of the known sizes. */
  readonly packet: Bytes;
}

/** The encodings of a mix packet; 2 is spoken from gateway protocol 5 on. */
export type MixPacketVersion = 1 | 2;

/**
 * Write a mix packet: `type ‖ firstHop ‖ packet` in version 1, `type ‖ rotation ‖ firstHop ‖ packet` in version 2
 * (nymtech/nym, `common/nymsphinx/forwarding/src/packet.rs`).
 */
export function encodeMixPacket(
  mixPacket: MixPacket,
  version: MixPacketVersion,
): Bytes {
  const { packetType, rotation, firstHop, packet } = mixPacket;
  const head = version === 1
    ? [packetType]
    : [packetType, rotationByte(rotation)];
  return concat(Uint8Array.from(head), encodeNodeAddress(firstHop), packet);
}

/**
 * Read a mix packet.
 *
 * @throws {DecodeError} If a field is malformed or the packet has none of the known sizes.
 */
export function decodeMixPacket(
  bytes: Uint8Array,
  version: MixPacketVersion,
): MixPacket {
  const reader = new ByteReader(bytes, "mix packet");
  const type = packetType(reader.u8("packet type"));
  const rotation = version === 1
    ? "unknown"
    : rotationFromByte(reader.u8("key rotation"));
  const { address, length } = decodeNodeAddress(bytes.subarray(reader.offset));
  reader.bytes(length, "first hop");
  packetSizeByLength(reader.remaining);
  return {
    packetType: type,
    rotation,
    firstHop: address,
    packet: reader.rest(),
  };
}
