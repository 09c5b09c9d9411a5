import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { wipe } from "../bytes/wipe.ts";
import { aesCtrZero } from "../crypto/aes_ctr.ts";
import { hmacSha256 } from "../crypto/hmac.ts";
import type { RandomSource } from "../crypto/random.ts";
import { xorInto } from "../crypto/xor.ts";
import {
  ALPHA_SIZE,
  FINAL_META_SIZE,
  HOP_BLOCK_SIZE,
  KEY_STREAM_SIZE,
  MAC_SIZE,
  ROUTING_SIZE,
} from "./constants.ts";
import type { HopKeys } from "./hop_keys.ts";
import { deriveKeySchedule } from "./key_schedule.ts";
import {
  assertRoute,
  type SphinxDestination,
  type SphinxHop,
} from "./route.ts";
import { encodeFinalBlock, encodeForwardBlock } from "./routing_block.ts";
import type { SphinxVersion } from "./version.ts";

const ZEROS = new Uint8Array(KEY_STREAM_SIZE);

/** What {@linkcode buildHeader} needs. */
export interface BuildHeaderInput {
  /** 1 to 5 nodes, the last one the recipient's gateway. */
  readonly route: readonly SphinxHop[];
  /** Nanoseconds, one per hop; that of the last hop is not sent. */
  readonly delays: readonly bigint[];
  readonly destination: SphinxDestination;
  readonly version: SphinxVersion;
  /** Asked for the initial secret (32 bytes), then for the padding of the final block. */
  readonly random: RandomSource;
}

/** A finished header, and the keys that seal the payload. */
export interface SphinxHeader {
  /** α ‖ γ ‖ β, 348 bytes. */
  readonly header: Bytes;
  /** In route order. The caller wipes them. */
  readonly hops: readonly HopKeys[];
}

/**
 * Build the header of a packet or SURB (Sphinx §6).
 *
 * @throws {RangeError} If route or delays cannot be encoded.
 * @throws {CryptoError} If a node's key is unusable.
 */
export function buildHeader(input: BuildHeaderInput): SphinxHeader {
  const { route, delays, destination, version, random } = input;
  assertRoute(route, delays);
  const secret = random(ALPHA_SIZE);
  const padding = random(finalPaddingSize(route.length));
  const { alpha, hops } = deriveKeySchedule(
    secret,
    route.map(({ publicKey }) => publicKey),
    version,
  );
  wipe(secret);
  const streams = hops.map(({ streamKey }) => keyStream(streamKey));

  const last = route.length - 1;
  const finalBlock = encodeFinalBlock(version, destination, padding);
  xorInto(finalBlock, streams[last]!.subarray(0, finalBlock.length));
  let routing = concat(finalBlock, filler(streams));
  let mac = headerMac(hops[last]!.macKey, routing);
  for (let i = last - 1; i >= 0; i--) {
    const nextHop = route[i + 1]!.address;
    const delay = delays[i]!;
    routing = encodeForwardBlock({ version, nextHop, delay, mac, routing });
    xorInto(routing, streams[i]!.subarray(0, ROUTING_SIZE));
    mac = headerMac(hops[i]!.macKey, routing);
  }
  wipe(...streams);
  return { header: concat(alpha, mac, routing), hops };
}

/** γ: the first 16 bytes of HMAC-SHA256 over β. */
export function headerMac(macKey: Uint8Array, routing: Uint8Array): Bytes {
  return hmacSha256(macKey, routing).subarray(0, MAC_SIZE);
}

/** The 360 bytes of AES-CTR stream that cover β and what a hop appends to it. */
export function keyStream(streamKey: Uint8Array): Bytes {
  return aesCtrZero(streamKey, ZEROS);
}

/** How many random bytes fill the final block: 248, 188, 128, 68 or 8 for 1 to 5 hops. */
function finalPaddingSize(hops: number): number {
  return ROUTING_SIZE - HOP_BLOCK_SIZE * (hops - 1) - FINAL_META_SIZE;
}

/**
 * What the zeros that the hops append have become when the last hop sees them, 60 bytes for each hop but the last. The
 * innermost β ends in it, so that every MAC fits.
 */
function filler(streams: readonly Uint8Array[]): Bytes {
  const filled = new Uint8Array(HOP_BLOCK_SIZE * (streams.length - 1));
  for (let hops = 1; hops < streams.length; hops++) {
    const length = HOP_BLOCK_SIZE * hops;
    xorInto(filled, streams[hops - 1]!.subarray(KEY_STREAM_SIZE - length));
  }
  return filled;
}
