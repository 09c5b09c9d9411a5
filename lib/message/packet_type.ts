import { DecodeError } from "../errors.ts";

/** The byte that names the format of a packet: Sphinx, the only one that is spoken here. */
export const PACKET_TYPE_SPHINX = 0;

/** The byte of Outfox, which no client sends by default and which is refused. */
const PACKET_TYPE_OUTFOX = 2;

/** The format of a packet. */
export type PacketType = typeof PACKET_TYPE_SPHINX;

/**
 * The format that a byte on the wire names.
 *
 * @throws {DecodeError} On everything but Sphinx.
 */
export function packetType(byte: number): PacketType {
  if (byte === PACKET_TYPE_SPHINX) return byte;
  throw new DecodeError(
    byte === PACKET_TYPE_OUTFOX
      ? "Cannot decode packet: Outfox is not supported"
      : `Cannot decode packet: unknown type ${byte}`,
  );
}
