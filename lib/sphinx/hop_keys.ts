import type { Bytes } from "../bytes/brand.ts";
import { hkdfSha256 } from "../crypto/hkdf.ts";
import { PAYLOAD_KEY_SEED_SIZE, PAYLOAD_KEY_SIZE } from "./constants.ts";
import { hasFullPayloadKeys } from "./version.ts";

/** Everything that a hop and the sender derive from the secret they share (Sphinx §4.2). */
export interface HopKeys {
  /** The 288 derived bytes, of which the others are views: wiping them wipes all. */
  readonly expanded: Bytes;
  /** h_ρ: AES-128 key of the routing blocks, 16 bytes. */
  readonly streamKey: Bytes;
  /** h_μ: key of the header MAC, 16 bytes. */
  readonly macKey: Bytes;
  /** h_π: payload key up to version 258, 192 bytes. */
  readonly payloadKey: Bytes;
  /** From which later versions derive the payload key, 16 bytes: the first ones of the full key. */
  readonly payloadKeySeed: Bytes;
  /** h_b: blinds α for the next hop, 32 bytes. */
  readonly blinding: Bytes;
  /** h_τ: the same for the same α and node key, 32 bytes. */
  readonly replayTag: Bytes;
}

const EXPANDED_SIZE = 288;
const NO_SALT = new Uint8Array(0);
const INFO = ascii(
  "Dwste mou enan moxlo arketa makru kai ena upomoxlio gia na ton topothetisw kai tha kinisw thn gh.",
);
const PAYLOAD_KEY_SALT = ascii("sphinx-payload-key-V01-CS01-HKDF:SHA256-SALT");
const PAYLOAD_KEY_INFO = ascii("sphinx-payload-key-V01-CS01-HKDF:SHA256-INFO");

/** Derive a hop's keys from the 32 bytes of its shared secret. */
export function expandSharedSecret(secret: Uint8Array): HopKeys {
  const expanded = hkdfSha256(secret, NO_SALT, INFO, EXPANDED_SIZE);
  return {
    expanded,
    streamKey: expanded.subarray(0, 16),
    macKey: expanded.subarray(16, 32),
    payloadKey: expanded.subarray(32, 224),
    payloadKeySeed: expanded.subarray(32, 48),
    blinding: expanded.subarray(224, 256),
    replayTag: expanded.subarray(256, 288),
  };
}

/** What a SURB of this version hands out for a hop: the full key or the seed. A view of the keys. */
export function payloadKeyMaterial(keys: HopKeys, version: number): Bytes {
  return hasFullPayloadKeys(version) ? keys.payloadKey : keys.payloadKeySeed;
}

/**
 * The Lioness key, 192 bytes, that full key or seed stand for (Sphinx §4.4). The caller wipes it.
 *
 * @throws {RangeError} If the material is as long as neither.
 */
export function payloadKeyOf(material: Uint8Array): Bytes {
  if (material.length === PAYLOAD_KEY_SIZE) return new Uint8Array(material);
  if (material.length === PAYLOAD_KEY_SEED_SIZE) {
    return hkdfSha256(
      material,
      PAYLOAD_KEY_SALT,
      PAYLOAD_KEY_INFO,
      PAYLOAD_KEY_SIZE,
    );
  }
  throw new RangeError(
    `Cannot derive payload key: need ${PAYLOAD_KEY_SEED_SIZE} or ${PAYLOAD_KEY_SIZE} bytes, have ${material.length}`,
  );
}

function ascii(text: string): Bytes {
  return new TextEncoder().encode(text);
}
