import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { ByteReader } from "../bytes/reader.ts";
import type { RandomSource } from "../crypto/random.ts";
import { buildPacket } from "../sphinx/packet.ts";
import type { SphinxVersion } from "../sphinx/version.ts";
import { sealAck } from "./ack.ts";
import type { FragmentId } from "./fragment_id.ts";
import {
  decodeNodeAddress,
  MAX_NODE_ADDRESS_SIZE,
  type NodeAddress,
} from "./node_address.ts";
import { PACKET_SIZE } from "./packet_size.ts";
import type { Path } from "./path.ts";

/** Who sends a packet, and so gets its acknowledgement. */
export interface PacketSender {
  /** Its Ed25519 public key, the destination of acknowledgements; 32 bytes. */
  readonly identity: Bytes;
  /** What it encrypts acknowledgements with, 16 bytes. */
  readonly ackKey: Bytes;
}

/** What {@linkcode buildSurbAck} needs. */
export interface BuildSurbAckInput {
  /** Who gets the acknowledgement. */
  readonly sender: PacketSender;
  /** What is acknowledged. */
  readonly id: FragmentId;
  /** The way back, to the sender's own gateway. */
  readonly path: Path;
  /** Version of the packet that carries it. */
  readonly version: SphinxVersion;
  /** Asked for the acknowledgement's starting value (16 bytes), then for what {@linkcode buildPacket} needs. */
  readonly random: RandomSource;
}

/**
 * Build what stands in front of every message, 405 bytes: the first hop of the way back, padded to 19 bytes, and a whole
 * packet that the recipient's gateway sends there once it has the message.
 */
export function buildSurbAck(input: BuildSurbAckInput): Bytes {
  const { sender, id, path, version, random } = input;
  const message = sealAck(sender.ackKey, id, random);
  const packet = buildPacket({
    ...path,
    destination: sender.identity,
    message,
    payloadSize: PACKET_SIZE.ack.payload,
    version,
    random,
  });
  const [firstHop] = path.route;
  return concat(firstHop!.address.subarray(0, MAX_NODE_ADDRESS_SIZE), packet);
}

/** What the last hop of a data packet finds in it. */
export interface SplitMessage {
  /** Where the acknowledgement goes first. */
  readonly firstHop: NodeAddress;
  /** The acknowledgement's packet, 386 bytes. */
  readonly ackPacket: Bytes;
  /** What the recipient gets. */
  readonly message: Bytes;
}

/**
 * Take what the last hop of a data packet has unwrapped apart.
 *
 * @throws {DecodeError} If there are fewer than 405 bytes, or they start with no node address: the packet is dropped then.
 */
export function splitSurbAck(plaintext: Uint8Array): SplitMessage {
  const reader = new ByteReader(plaintext, "message with acknowledgement");
  const address = reader.bytes(MAX_NODE_ADDRESS_SIZE, "first hop");
  const ackPacket = reader.bytes(PACKET_SIZE.ack.total, "acknowledgement");
  const { address: firstHop } = decodeNodeAddress(address);
  return { firstHop, ackPacket, message: reader.rest() };
}
