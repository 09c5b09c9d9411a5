import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { equal } from "../bytes/equal.ts";
import { wipe } from "../bytes/wipe.ts";
import { x25519 } from "../crypto/x25519.ts";
import { xorInto } from "../crypto/xor.ts";
import { CryptoError, DecodeError } from "../errors.ts";
import { blindAlpha } from "./blinding.ts";
import {
  ALPHA_SIZE,
  HEADER_SIZE,
  MAC_SIZE,
  MIN_PAYLOAD_SIZE,
} from "./constants.ts";
import { headerMac, keyStream } from "./header.ts";
import {
  expandSharedSecret,
  type HopKeys,
  payloadKeyMaterial,
} from "./hop_keys.ts";
import { openPayloadLayer, recoverMessage } from "./payload.ts";
import { decodeRoutingBlock } from "./routing_block.ts";

/** A packet whose header is known to be meant for this node and whole. */
export interface PeeledPacket {
  /** 32 bytes that are the same whenever the same header comes to the same key. */
  readonly replayTag: Bytes;
  /** What this node shares with the sender; {@linkcode finishPacket} wipes it. */
  readonly keys: HopKeys;
  /** The packet as it came, borrowed. */
  readonly packet: Uint8Array;
}

/** What a node has to do with a packet. */
export type ProcessedPacket =
  | {
    readonly kind: "forward";
    readonly version: number;
    /** Encoded address of the next hop, 32 bytes; whether it is one shows when it is decoded. */
    readonly nextHop: Bytes;
    /** How long to hold the packet back, in nanoseconds, as the sender wrote it. */
    readonly delay: bigint;
    /** For the next hop, as long as the one that came. */
    readonly packet: Bytes;
  }
  | {
    readonly kind: "final";
    readonly version: number;
    /** Whose message it is: an Ed25519 public key. */
    readonly destination: Bytes;
    readonly identifier: Bytes;
    readonly message: Bytes;
  };

/**
 * The cheap half of processing (Sphinx §7, steps 3 and 4): derive the keys and check the MAC, so that a replay is found
 * before anything is decrypted. The payload is not touched.
 *
 * @throws {DecodeError} If the packet is too short to be one.
 * @throws {CryptoError} If the header was changed or is for another key.
 */
export function peelHeader(
  packet: Uint8Array,
  nodeSecret: Uint8Array,
): PeeledPacket {
  if (packet.length < HEADER_SIZE + MIN_PAYLOAD_SIZE) {
    throw new DecodeError(
      `Cannot process packet: need at least ${
        HEADER_SIZE + MIN_PAYLOAD_SIZE
      } bytes, have ${packet.length}`,
    );
  }
  const { alpha, mac, routing } = splitPacket(packet);
  const shared = x25519(nodeSecret, alpha);
  const keys = expandSharedSecret(shared);
  wipe(shared);
  if (!equal(headerMac(keys.macKey, routing), mac)) {
    wipe(keys.expanded);
    throw new CryptoError("Cannot process packet: wrong header MAC");
  }
  return { replayTag: keys.replayTag.slice(), keys, packet };
}

/**
 * The other half (Sphinx §7, steps 6 to 9), for packets whose tag is new: read the block of this hop, take one layer off
 * the payload, and make the packet for the next hop or recover the message. Needs `cryptoReady()`.
 *
 * @throws {DecodeError} On an unknown flag, or at the last hop on a payload that was changed on its way.
 * @throws {CryptoError} If α cannot be blinded.
 */
export function finishPacket({ keys, packet }: PeeledPacket): ProcessedPacket {
  try {
    return unwrap(packet, keys);
  } finally {
    wipe(keys.expanded);
  }
}

function unwrap(packet: Uint8Array, keys: HopKeys): ProcessedPacket {
  const { alpha, routing, payload } = splitPacket(packet);
  const extended = keyStream(keys.streamKey);
  xorInto(extended, routing);
  const block = decodeRoutingBlock(extended);
  const { version } = block;
  const material = payloadKeyMaterial(keys, version);
  const opened = openPayloadLayer(material, payload);
  switch (block.kind) {
    case "forward":
      return {
        kind: "forward",
        version,
        nextHop: block.nextHop,
        delay: block.delay,
        packet: concat(
          blindAlpha(alpha, keys.blinding, version),
          block.mac,
          block.routing,
          opened,
        ),
      };
    case "final":
      return {
        kind: "final",
        version,
        destination: block.destination.address,
        identifier: block.destination.identifier,
        message: recoverMessage(opened),
      };
  }
}

function splitPacket(packet: Uint8Array) {
  return {
    alpha: packet.subarray(0, ALPHA_SIZE),
    mac: packet.subarray(ALPHA_SIZE, ALPHA_SIZE + MAC_SIZE),
    routing: packet.subarray(ALPHA_SIZE + MAC_SIZE, HEADER_SIZE),
    payload: packet.subarray(HEADER_SIZE),
  };
}
