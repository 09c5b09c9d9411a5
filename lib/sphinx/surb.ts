import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { ByteReader } from "../bytes/reader.ts";
import { wipe } from "../bytes/wipe.ts";
import type { RandomSource } from "../crypto/random.ts";
import { DecodeError } from "../errors.ts";
import {
  ADDRESS_SIZE,
  HEADER_SIZE,
  IDENTIFIER_SIZE,
  MAX_PATH_LENGTH,
  PAYLOAD_KEY_SEED_SIZE,
  PAYLOAD_KEY_SIZE,
} from "./constants.ts";
import { buildHeader } from "./header.ts";
import { payloadKeyMaterial } from "./hop_keys.ts";
import { sealPayload } from "./payload.ts";
import type { SphinxHop } from "./route.ts";
import type { SphinxVersion } from "./version.ts";

/** A single use reply block: a header towards its maker, and the keys to seal a payload for it (Sphinx §9). */
export interface Surb {
  /** α ‖ γ ‖ β, 348 bytes. */
  readonly header: Bytes;
  /** Encoded address of the first hop, 32 bytes. */
  readonly firstHop: Bytes;
  /** One per hop in route order: all full keys (192 bytes) or all seeds (16 bytes). */
  readonly keys: readonly Bytes[];
}

/** What {@linkcode createSurb} needs. */
export interface CreateSurbInput {
  /** 1 to 5 nodes, the last one the maker's gateway. */
  readonly route: readonly SphinxHop[];
  /** Nanoseconds, one per hop; that of the last hop is not sent. */
  readonly delays: readonly bigint[];
  /** Ed25519 public key of the maker, 32 bytes. */
  readonly destination: Bytes;
  /** 16 bytes beside the destination. @default zeros, as everywhere in Nym */
  readonly identifier?: Bytes | undefined;
  /** 259 hands out seeds, the others full keys. */
  readonly version: SphinxVersion;
  /** Asked for the initial secret (32 bytes), then for the padding of the final block. */
  readonly random: RandomSource;
}

/**
 * Make a reply block.
 *
 * @throws {RangeError} If route or delays cannot be encoded.
 * @throws {CryptoError} If a node's key is unusable.
 */
export function createSurb(input: CreateSurbInput): Surb {
  const { route, delays, version, random } = input;
  const identifier = input.identifier ?? new Uint8Array(IDENTIFIER_SIZE);
  const destination = { address: input.destination, identifier };
  const { header, hops } = buildHeader({
    route,
    delays,
    destination,
    version,
    random,
  });
  const keys = hops.map((hop) => payloadKeyMaterial(hop, version).slice());
  wipe(...hops.map(({ expanded }) => expanded));
  return { header, firstHop: route[0]!.address.slice(), keys };
}

/** header ‖ first hop ‖ keys: 396 to 460 bytes with seeds, 572 to 1340 with full keys. */
export function encodeSurb(surb: Surb): Bytes {
  return concat(surb.header, surb.firstHop, ...surb.keys);
}

/**
 * Read a reply block. Fewer than 192 bytes of keys are seeds; more are full keys.
 *
 * @throws {DecodeError} If the keys are not those of 1 to 5 hops.
 */
export function decodeSurb(bytes: Uint8Array): Surb {
  const reader = new ByteReader(bytes, "SURB");
  const header = reader.bytes(HEADER_SIZE, "header");
  const firstHop = reader.bytes(ADDRESS_SIZE, "first hop");
  const keySize = reader.remaining < PAYLOAD_KEY_SIZE
    ? PAYLOAD_KEY_SEED_SIZE
    : PAYLOAD_KEY_SIZE;
  const hops = reader.remaining / keySize;
  if (!Number.isInteger(hops) || hops < 1 || hops > MAX_PATH_LENGTH) {
    throw new DecodeError(
      `Cannot decode SURB: need keys of 1 to ${MAX_PATH_LENGTH} hops, have ${reader.remaining} bytes`,
    );
  }
  const keys = Array.from({ length: hops }, () => reader.bytes(keySize, "key"));
  return { header, firstHop, keys };
}

/** A packet made by {@linkcode useSurb}. */
export interface SurbPacket {
  /** Encoded address of the hop to send it to, 32 bytes. */
  readonly firstHop: Bytes;
  readonly packet: Bytes;
}

/**
 * Fill a reply block: pad the message, add the layers of all hops, put the header in front. Use each block once, as two
 * packets with the same header are a replay. Needs `cryptoReady()`.
 *
 * @throws {RangeError} If the message does not fit: 17 bytes of `payloadSize` are overhead.
 */
export function useSurb(
  surb: Surb,
  message: Uint8Array,
  payloadSize: number,
): SurbPacket {
  const payload = sealPayload(message, surb.keys, payloadSize);
  return {
    firstHop: surb.firstHop.slice(),
    packet: concat(surb.header, payload),
  };
}
