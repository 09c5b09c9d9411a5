import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import type { RandomSource } from "../crypto/random.ts";
import { buildPacket } from "../sphinx/packet.ts";
import type { SphinxVersion } from "../sphinx/version.ts";
import { sealFragment } from "./encryption.ts";
import type { FragmentId } from "./fragment_id.ts";
import type { KeyRotation } from "./key_rotation.ts";
import { decodeNodeAddress } from "./node_address.ts";
import {
  type DataPacketSizeName,
  KEY_BLOCK_SIZE,
  PACKET_SIZE,
} from "./packet_size.ts";
import { type Path, pathDelay } from "./path.ts";
import type { PreparedPacket } from "./prepared_packet.ts";
import type { Recipient } from "./recipient.ts";
import { buildSurbAck, type PacketSender } from "./surb_ack.ts";

/** What {@linkcode buildForwardPacket} needs. */
export interface ForwardPacketInput {
  /** What the acknowledgement names. */
  readonly id: FragmentId;
  /** An encoded fragment, or what a cover packet carries: exactly as long as packets of this size want it. */
  readonly content: Bytes;
  /** Whom it is for. */
  readonly recipient: Recipient;
  /** Who gets the acknowledgement. */
  readonly sender: PacketSender;
  /** The way to the recipient's gateway. */
  readonly forward: Path;
  /** The way of the acknowledgement to the sender's gateway. */
  readonly ack: Path;
  /** Which keys of the nodes the two routes hold. */
  readonly rotation: KeyRotation;
  /** How large the packet is. */
  readonly packetSize: DataPacketSizeName;
  /** Version of the packet and of its acknowledgement. */
  readonly version: SphinxVersion;
  /** Asked for what the acknowledgement needs, then the ephemeral key (32 bytes), then for what the packet needs. */
  readonly random: RandomSource;
}

/** Build a packet to someone whose address is known, with the acknowledgement inside. Needs `cryptoReady()`. */
export function buildForwardPacket(input: ForwardPacketInput): PreparedPacket {
  const { id, content, recipient, forward, ack, packetSize, random } = input;
  const surbAck = buildSurbAck({ ...input, path: ack });
  const sealed = sealFragment(content, recipient.encryption, random);
  const packet = buildPacket({
    ...forward,
    destination: recipient.identity,
    message: messageOf(surbAck, sealed, packetSize),
    payloadSize: PACKET_SIZE[packetSize].payload,
    version: input.version,
    random,
  });
  return {
    id,
    firstHop: decodeNodeAddress(forward.route[0]!.address).address,
    rotation: input.rotation,
    packet,
    totalDelay: pathDelay(forward) + pathDelay(ack),
    keyBlock: sealed.slice(0, KEY_BLOCK_SIZE),
  };
}

/**
 * What a packet says to its last hop: the acknowledgement, and what the recipient gets.
 *
 * @throws {RangeError} If it does not fill the packet exactly: other lengths would tell packets apart.
 */
export function messageOf(
  surbAck: Bytes,
  sealed: Bytes,
  packetSize: DataPacketSizeName,
): Bytes {
  const message = concat(surbAck, sealed);
  const { plaintext } = PACKET_SIZE[packetSize];
  if (message.length === plaintext) return message;
  throw new RangeError(
    `Cannot build ${packetSize} packet: need ${plaintext} bytes, have ${message.length}`,
  );
}
