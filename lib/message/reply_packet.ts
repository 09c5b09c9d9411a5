import type { Bytes } from "../bytes/brand.ts";
import type { RandomSource } from "../crypto/random.ts";
import { useSurb } from "../sphinx/surb.ts";
import type { SphinxVersion } from "../sphinx/version.ts";
import { sealReply } from "./encryption.ts";
import { messageOf } from "./forward_packet.ts";
import type { FragmentId } from "./fragment_id.ts";
import { decodeNodeAddress } from "./node_address.ts";
import {
  type DataPacketSizeName,
  KEY_BLOCK_SIZE,
  PACKET_SIZE,
} from "./packet_size.ts";
import { type Path, pathDelay } from "./path.ts";
import type { PreparedPacket } from "./prepared_packet.ts";
import type { ReplySurb } from "./reply_surb.ts";
import { buildSurbAck, type PacketSender } from "./surb_ack.ts";

/** What {@linkcode buildReplyPacket} needs. */
export interface ReplyPacketInput {
  /** What the acknowledgement names. */
  readonly id: FragmentId;
  /** An encoded fragment, exactly as long as packets of this size want it. */
  readonly content: Bytes;
  /** The reply block to use up. */
  readonly surb: ReplySurb;
  /** How long nodes are expected to hold the packet back, in nanoseconds: only the maker of the block knows. */
  readonly expectedDelay: bigint;
  /** Who gets the acknowledgement. */
  readonly sender: PacketSender;
  /** The way of the acknowledgement to the sender's gateway. */
  readonly ack: Path;
  /** How large the packet is. */
  readonly packetSize: DataPacketSizeName;
  /** Version of the acknowledgement; that of the packet is in the block. */
  readonly version: SphinxVersion;
  /** Asked for what the acknowledgement needs. */
  readonly random: RandomSource;
}

/** Build a packet to an anonymous sender, with the acknowledgement inside. Needs `cryptoReady()`. */
export function buildReplyPacket(input: ReplyPacketInput): PreparedPacket {
  const { id, content, surb, ack, packetSize } = input;
  const surbAck = buildSurbAck({ ...input, path: ack });
  const sealed = sealReply(content, surb.key);
  const { firstHop, packet } = useSurb(
    surb.surb,
    messageOf(surbAck, sealed, packetSize),
    PACKET_SIZE[packetSize].payload,
  );
  return {
    id,
    firstHop: decodeNodeAddress(firstHop).address,
    rotation: surb.rotation,
    packet,
    totalDelay: input.expectedDelay + pathDelay(ack),
    keyBlock: sealed.slice(0, KEY_BLOCK_SIZE),
  };
}
