import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { wipe } from "../bytes/wipe.ts";
import type { RandomSource } from "../crypto/random.ts";
import { IDENTIFIER_SIZE } from "./constants.ts";
import { buildHeader } from "./header.ts";
import { payloadKeyMaterial } from "./hop_keys.ts";
import { sealPayload } from "./payload.ts";
import type { SphinxHop } from "./route.ts";
import type { SphinxVersion } from "./version.ts";

/** What {@linkcode buildPacket} needs. */
export interface BuildPacketInput {
  /** 1 to 5 nodes, the last one the recipient's gateway. */
  readonly route: readonly SphinxHop[];
  /** Nanoseconds, one per hop; that of the last hop is not sent. */
  readonly delays: readonly bigint[];
  /** Ed25519 public key of the recipient's client, 32 bytes. */
  readonly destination: Bytes;
  /** 16 bytes beside the destination. @default zeros, as everywhere in Nym */
  readonly identifier?: Bytes | undefined;
  /** At most `payloadSize` - 17 bytes. */
  readonly message: Uint8Array;
  /** Length of the packet without its header. */
  readonly payloadSize: number;
  readonly version: SphinxVersion;
  /** Asked for the initial secret (32 bytes), then for the padding of the final block. */
  readonly random: RandomSource;
}

/**
 * Build a packet: 348 bytes of header and `payloadSize` bytes of payload (Sphinx §6). Needs `cryptoReady()`.
 *
 * @throws {RangeError} If route, delays or message cannot be encoded.
 * @throws {CryptoError} If a node's key is unusable.
 */
export function buildPacket(input: BuildPacketInput): Bytes {
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
  try {
    const material = hops.map((keys) => payloadKeyMaterial(keys, version));
    return concat(
      header,
      sealPayload(input.message, material, input.payloadSize),
    );
  } finally {
    wipe(...hops.map(({ expanded }) => expanded));
  }
}
