import type { RandomSource } from "../crypto/random.ts";
import type { SphinxHop } from "../sphinx/route.ts";
import { SPHINX_VERSION, type SphinxVersion } from "../sphinx/version.ts";
import { coverContent } from "./cover.ts";
import { buildForwardPacket } from "./forward_packet.ts";
import { encodeFragment, type Fragment } from "./fragment.ts";
import { COVER_ID } from "./fragment_id.ts";
import type { KeyRotation } from "./key_rotation.ts";
import type { DataPacketSizeName } from "./packet_size.ts";
import { drawPath } from "./path.ts";
import type { PreparedPacket } from "./prepared_packet.ts";
import type { Recipient } from "./recipient.ts";
import { buildReplyPacket } from "./reply_packet.ts";
import type { ReplySurb } from "./reply_surb.ts";
import type { PacketSender } from "./surb_ack.ts";

/** How many of its nodes hold a reply back: the three mixes. */
const MIX_HOPS = 3n;
const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** How long nodes hold packets back on average, in milliseconds. */
export interface DelayAverages {
  /** Of data packets, at each hop. */
  readonly packetDelay: number;
  /** Of acknowledgements, at each hop. */
  readonly ackDelay: number;
}

/** What all packets need. */
interface PrepareInput {
  /** Who sends it, and gets the acknowledgement. */
  readonly sender: PacketSender;
  /** The nodes that the acknowledgement takes, the sender's gateway last. */
  readonly ackRoute: readonly SphinxHop[];
  /** How long nodes hold packets back. */
  readonly averages: DelayAverages;
  /** How large the packet is. @default "regular" */
  readonly packetSize?: DataPacketSizeName | undefined;
  /** Version of packet and acknowledgement, as far as they are made here. @default 259, of cover packets 258 */
  readonly version?: SphinxVersion | undefined;
  /** Draws delays first, then what the packet needs. */
  readonly random: RandomSource;
}

/** What {@linkcode prepareDataPacket} needs. */
export interface PrepareDataInput extends PrepareInput {
  /** What it carries, cut for its packet size. */
  readonly fragment: Fragment;
  /** Whom it is for. */
  readonly recipient: Recipient;
  /** The nodes that it takes, the recipient's gateway last. */
  readonly forwardRoute: readonly SphinxHop[];
  /** Which keys of the nodes the routes hold. */
  readonly rotation: KeyRotation;
}

/** What {@linkcode prepareReplyPacket} needs. */
export interface PrepareReplyInput extends PrepareInput {
  /** What it carries, cut for its packet size. */
  readonly fragment: Fragment;
  /** The reply block to use up; each works once. */
  readonly surb: ReplySurb;
}

/** What {@linkcode prepareCoverPacket} needs. */
export interface PrepareCoverInput extends PrepareInput {
  /** The sender's own address. */
  readonly self: Recipient;
  /** The nodes that it takes, the sender's own gateway last. */
  readonly forwardRoute: readonly SphinxHop[];
  /** Which keys of the nodes the routes hold. */
  readonly rotation: KeyRotation;
}

/**
 * Make a packet that carries a fragment to someone whose address is known. Delays, ephemeral key and acknowledgement are
 * drawn afresh every time, also when the same fragment is sent again. Needs `cryptoReady()`.
 *
 * @throws {RangeError} If the fragment does not fill the packet or the routes cannot be encoded.
 * @throws {CryptoError} If a key on the way is unusable.
 */
export function prepareDataPacket(input: PrepareDataInput): PreparedPacket {
  const { fragment, averages, random } = input;
  return buildForwardPacket({
    ...input,
    id: idOf(fragment),
    content: encodeFragment(fragment),
    forward: drawPath(input.forwardRoute, averages.packetDelay, random),
    ack: drawPath(input.ackRoute, averages.ackDelay, random),
    packetSize: input.packetSize ?? "regular",
    version: input.version ?? SPHINX_VERSION.seeds,
  });
}

/**
 * Make a packet that carries a fragment through a reply block. How long nodes will hold it back is an estimate: the maker of
 * the block knows. Needs `cryptoReady()`.
 *
 * @throws {RangeError} If the fragment does not fill the packet or the route cannot be encoded.
 * @throws {CryptoError} If a key on the way is unusable.
 */
export function prepareReplyPacket(input: PrepareReplyInput): PreparedPacket {
  const { fragment, averages, random } = input;
  return buildReplyPacket({
    ...input,
    id: idOf(fragment),
    content: encodeFragment(fragment),
    expectedDelay: MIX_HOPS * BigInt(Math.trunc(averages.packetDelay)) *
      NANOSECONDS_PER_MILLISECOND,
    ack: drawPath(input.ackRoute, averages.ackDelay, random),
    packetSize: input.packetSize ?? "regular",
    version: input.version ?? SPHINX_VERSION.seeds,
  });
}

/**
 * Make a packet to oneself that says nothing, so that real ones do not stand out. Needs `cryptoReady()`.
 *
 * @throws {RangeError} If the routes cannot be encoded.
 * @throws {CryptoError} If a key on the way is unusable.
 */
export function prepareCoverPacket(input: PrepareCoverInput): PreparedPacket {
  const { averages, random, packetSize = "regular" } = input;
  return buildForwardPacket({
    ...input,
    id: COVER_ID,
    content: coverContent(packetSize),
    recipient: input.self,
    forward: drawPath(input.forwardRoute, averages.packetDelay, random),
    ack: drawPath(input.ackRoute, averages.ackDelay, random),
    packetSize,
    version: input.version ?? SPHINX_VERSION.explicitKeys,
  });
}

function idOf({ setId, index }: Fragment): PreparedPacket["id"] {
  return { setId, index };
}
