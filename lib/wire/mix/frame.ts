import type { Bytes } from "../../bytes/brand.ts";
import { concat } from "../../bytes/concat.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { DecodeError } from "../../errors.ts";
import type { MixPacket } from "../../message/mix_packet.ts";
import {
  type KeyRotation,
  rotationByte,
  rotationFromByte,
} from "../../message/key_rotation.ts";
import {
  PACKET_SIZE,
  packetSizeByLength,
  packetSizeByTag,
  type PacketSizeName,
} from "../../message/packet_size.ts";
import { type PacketType, packetType } from "../../message/packet_type.ts";

/** The encodings of a mix frame; nodes read both and write 7 unless told otherwise. */
export type MixFrameVersion = 7 | 8;

/** The class of a packet of the Sphinx format. */
export type SphinxPacketSizeName = Exclude<
  PacketSizeName,
  "outfoxRegular" | "outfoxAck"
>;

/** One packet as it travels from node to node. */
export interface MixFrame {
  /** The class of the packet. */
  readonly packetSize: SphinxPacketSizeName;
  /** Its format. */
  readonly packetType: PacketType;
  /** Which of its keys the next node must use; version 7 cannot say it. */
  readonly rotation: KeyRotation;
  /** The packet itself, as long as its class says. */
  readonly packet: Bytes;
}

/** What stands in front of a packet. */
export type MixFrameHead = Omit<MixFrame, "packet">;

/** Length of the head of a version: without a packet it does not matter what follows. */
export const MIX_FRAME_HEAD_SIZE = { 7: 3, 8: 4 } as const;

/**
 * Write a frame: `07 ‖ size ‖ type ‖ packet`, or `08 ‖ size ‖ type ‖ rotation ‖ packet`
 * (nymtech/nym, common/nymsphinx/framing/src/{packet,codec}.rs).
 *
 * @throws {RangeError} If the packet is not as long as its class says.
 */
export function encodeMixFrame(
  frame: MixFrame,
  version: MixFrameVersion,
): Bytes {
  const { tag, total } = PACKET_SIZE[frame.packetSize];
  if (frame.packet.length !== total) {
    throw new RangeError(
      `Cannot encode mix frame: need a packet of ${total} bytes, have ${frame.packet.length}`,
    );
  }
  const head = [version, tag, frame.packetType];
  if (version === 8) head.push(rotationByte(frame.rotation));
  return concat(Uint8Array.from(head), frame.packet);
}

/**
 * The frame of a packet that a client handed to its gateway.
 *
 * @throws {DecodeError} If it has none of the sizes of Sphinx packets.
 */
export function mixFrameOf(mixPacket: MixPacket): MixFrame {
  const { packetType, rotation, packet } = mixPacket;
  const packetSize = sphinxPacketSize(packet.length);
  return { packetSize, packetType, rotation, packet };
}

/**
 * The class of a Sphinx packet of `length` bytes.
 *
 * @throws {DecodeError} If there is none.
 */
export function sphinxPacketSize(length: number): SphinxPacketSizeName {
  return sphinxOnly(packetSizeByLength(length));
}

/**
 * The version in the first byte of a frame.
 *
 * @throws {DecodeError} Unless it is 7 or 8.
 */
export function mixFrameVersion(byte: number): MixFrameVersion {
  if (byte === 7 || byte === 8) return byte;
  throw new DecodeError(
    `Cannot decode mix frame: version ${byte}: need 7 or 8`,
  );
}

/**
 * Read the head of a frame.
 *
 * @throws {DecodeError} On another version, a class or format that is not Sphinx, or no rotation.
 */
export function decodeMixFrameHead(bytes: Uint8Array): MixFrameHead {
  const reader = new ByteReader(bytes, "mix frame");
  const version = mixFrameVersion(reader.u8("version"));
  return {
    packetSize: sphinxOnly(packetSizeByTag(reader.u8("packet size"))),
    packetType: packetType(reader.u8("packet type")),
    rotation: version === 8
      ? rotationFromByte(reader.u8("key rotation"))
      : "unknown",
  };
}

function sphinxOnly(packetSize: PacketSizeName): SphinxPacketSizeName {
  if (packetSize !== "outfoxRegular" && packetSize !== "outfoxAck") {
    return packetSize;
  }
  throw new DecodeError("Cannot decode packet: Outfox is not supported");
}
