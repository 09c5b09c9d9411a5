import { DecodeError } from "../errors.ts";
import { HEADER_SIZE, PAYLOAD_OVERHEAD } from "../sphinx/constants.ts";
import { MAX_NODE_ADDRESS_SIZE } from "./node_address.ts";

/** What the sizes of one class of packets are, in bytes. */
export interface PacketSize {
  /** The byte that names the class on the wire. */
  readonly tag: number;
  /** The whole packet. */
  readonly total: number;
  /** The payload after the header, as it travels. */
  readonly payload: number;
  /** What the last hop gets out of the payload. */
  readonly plaintext: number;
  /** One fragment with its header; 0 for packets that carry none. */
  readonly fragment: number;
}

/** What an acknowledgement says: the cipher's starting value and the encrypted fragment identifier. */
export const ACK_SIZE: number = 16 + 5;

/** In front of an encrypted fragment: an X25519 key or the digest of a reply key. */
export const KEY_BLOCK_SIZE = 32;

const ACK = sphinx(2, ACK_SIZE);

/** In front of every message: the first hop of its acknowledgement and the acknowledgement's packet. */
export const SURB_ACK_SIZE: number = MAX_NODE_ADDRESS_SIZE + ACK.total;

/** Outfox, a packet format that nobody sends by default: sizes only (nymtech/nym, `nym-outfox`). */
const OUTFOX_MAGIC = 3;
const OUTFOX_OVERHEAD = 6 + 4 * 80;

/** The name of a class of packets. */
export type PacketSizeName =
  | "regular"
  | "ack"
  | "extended32"
  | "extended8"
  | "extended16"
  | "outfoxRegular"
  | "outfoxAck";

/** All classes of packets by name (nymtech/nym, `common/nymsphinx/params/src/packet_sizes.rs`). */
export const PACKET_SIZE: Readonly<Record<PacketSizeName, PacketSize>> = {
  regular: data(1, 2 * 1024),
  ack: ACK,
  extended32: data(3, 32 * 1024),
  extended8: data(4, 8 * 1024),
  extended16: data(5, 16 * 1024),
  outfoxRegular: outfox(6, 2 * 1024),
  outfoxAck: outfox(7, 48),
};

/** The name of a class of packets that carry fragments of messages. */
export type DataPacketSizeName = Exclude<
  PacketSizeName,
  "ack" | "outfoxRegular" | "outfoxAck"
>;

const NAMES = Object.keys(PACKET_SIZE) as PacketSizeName[];

/** Clients send a regular Outfox packet without its 6 bytes of parameters. */
const OUTFOX_REGULAR_BARE = PACKET_SIZE.outfoxRegular.total - 6;

/**
 * The class that a byte on the wire names.
 *
 * @throws {DecodeError} If it names none.
 */
export function packetSizeByTag(tag: number): PacketSizeName {
  const name = NAMES.find((name) => PACKET_SIZE[name].tag === tag);
  if (name !== undefined) return name;
  throw new DecodeError(`Cannot decode packet size: unknown tag ${tag}`);
}

/**
 * The class of a packet of `length` bytes.
 *
 * @throws {DecodeError} If there is none.
 */
export function packetSizeByLength(length: number): PacketSizeName {
  if (length === OUTFOX_REGULAR_BARE) return "outfoxRegular";
  const name = NAMES.find((name) => PACKET_SIZE[name].total === length);
  if (name !== undefined) return name;
  throw new DecodeError(
    `Cannot decode packet: no class of packets has ${length} bytes`,
  );
}

function sphinx(tag: number, plaintext: number): PacketSize {
  const payload = PAYLOAD_OVERHEAD + plaintext;
  return { tag, total: HEADER_SIZE + payload, payload, plaintext, fragment: 0 };
}

function data(tag: number, plaintext: number): PacketSize {
  return {
    ...sphinx(tag, plaintext),
    fragment: plaintext - SURB_ACK_SIZE - KEY_BLOCK_SIZE,
  };
}

function outfox(tag: number, plaintext: number): PacketSize {
  const payload = OUTFOX_MAGIC + plaintext;
  return {
    tag,
    total: OUTFOX_OVERHEAD + payload,
    payload,
    plaintext,
    fragment: 0,
  };
}
