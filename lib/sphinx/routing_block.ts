import type { Bytes } from "../bytes/brand.ts";
import { ByteReader } from "../bytes/reader.ts";
import { ByteWriter } from "../bytes/writer.ts";
import { DecodeError } from "../errors.ts";
import {
  ADDRESS_SIZE,
  FINAL_META_SIZE,
  IDENTIFIER_SIZE,
  MAC_SIZE,
  ROUTING_SIZE,
  TRUNCATED_ROUTING_SIZE,
} from "./constants.ts";
import type { SphinxDestination } from "./route.ts";

/** First byte of a hop's block. */
const ROUTING_FLAG = { forward: 1, final: 2 } as const;

/** What a hop learns that is not the last (Sphinx §5.1). */
export interface ForwardBlock {
  readonly kind: "forward";
  readonly version: number;
  /** Address of the next hop, 32 bytes. */
  readonly nextHop: Bytes;
  /** How long this hop holds the packet back, in nanoseconds. */
  readonly delay: bigint;
  /** γ of the next header. */
  readonly mac: Bytes;
  /** β of the next header, 300 bytes. */
  readonly routing: Bytes;
}

/** What the last hop learns (Sphinx §5.2). */
export interface FinalBlock {
  readonly kind: "final";
  readonly version: number;
  readonly destination: SphinxDestination;
}

/** Fields of {@linkcode encodeForwardBlock}: those of the block it makes. */
export type ForwardBlockInput = Omit<ForwardBlock, "kind">;

/** flag ‖ version ‖ next address ‖ delay ‖ γ ‖ the first 240 bytes of β: 300 bytes. */
export function encodeForwardBlock(block: ForwardBlockInput): Bytes {
  const writer = new ByteWriter(ROUTING_SIZE);
  writeVersion(writer.u8(ROUTING_FLAG.forward), block.version);
  return writer.bytes(block.nextHop).u64(block.delay).bytes(block.mac)
    .bytes(block.routing.subarray(0, TRUNCATED_ROUTING_SIZE)).done();
}

/** flag ‖ version ‖ destination ‖ identifier ‖ padding, which must be random: a pattern would tell the route's length. */
export function encodeFinalBlock(
  version: number,
  destination: SphinxDestination,
  padding: Uint8Array,
): Bytes {
  const writer = new ByteWriter(FINAL_META_SIZE + padding.length);
  writeVersion(writer.u8(ROUTING_FLAG.final), version);
  return writer.bytes(destination.address).bytes(destination.identifier)
    .bytes(padding).done();
}

/**
 * Read the 360 bytes that a hop decrypts. The first byte of the version is reserved and not looked at.
 *
 * @throws {DecodeError} If the flag is unknown.
 */
export function decodeRoutingBlock(
  bytes: Uint8Array,
): ForwardBlock | FinalBlock {
  const reader = new ByteReader(bytes, "routing block");
  const flag = reader.u8("flag");
  reader.u8("reserved byte");
  const version = reader.u16("version");
  switch (flag) {
    case ROUTING_FLAG.forward:
      return {
        kind: "forward",
        version,
        nextHop: reader.bytes(ADDRESS_SIZE, "next hop"),
        delay: reader.u64("delay"),
        mac: reader.bytes(MAC_SIZE, "MAC"),
        routing: reader.bytes(ROUTING_SIZE, "routing"),
      };
    case ROUTING_FLAG.final:
      return {
        kind: "final",
        version,
        destination: {
          address: reader.bytes(ADDRESS_SIZE, "destination"),
          identifier: reader.bytes(IDENTIFIER_SIZE, "identifier"),
        },
      };
    default:
      throw new DecodeError(
        `Cannot decode routing block: unknown flag ${flag}`,
      );
  }
}

function writeVersion(writer: ByteWriter, version: number): void {
  writer.u8(0).u16(version);
}
