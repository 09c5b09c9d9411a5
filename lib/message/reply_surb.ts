import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { ByteReader } from "../bytes/reader.ts";
import type { RandomSource } from "../crypto/random.ts";
import {
  createSurb,
  type CreateSurbInput,
  decodeSurb,
  encodeSurb,
  type Surb,
} from "../sphinx/surb.ts";
import { REPLY_KEY_SIZE } from "./encryption.ts";
import type { KeyRotation } from "./key_rotation.ts";
import { decodeNodeAddress } from "./node_address.ts";

/** With what an anonymous sender is answered once: a reply block and the key for what it will carry. */
export interface ReplySurb {
  /** Encrypts the reply; 16 bytes. Its digest tells the sender which one was used. */
  readonly key: Bytes;
  /** The packet's header and the keys of its payload. */
  readonly surb: Surb;
  /** For which keys of the nodes it was made; `unknown` for blocks in the first encoding, which cannot say it. */
  readonly rotation: KeyRotation;
}

/** What {@linkcode createReplySurb} needs. */
export interface CreateReplySurbInput extends CreateSurbInput {
  /** Which keys of the nodes the route holds. */
  readonly rotation: KeyRotation;
  /** Asked for the reply's key (16 bytes), then for what {@linkcode createSurb} needs. */
  readonly random: RandomSource;
}

/** Make a reply block towards oneself. */
export function createReplySurb(input: CreateReplySurbInput): ReplySurb {
  const key = input.random(REPLY_KEY_SIZE);
  return { key, surb: createSurb(input), rotation: input.rotation };
}

/** Write a reply block: key ‖ SURB. With seeds 396 + 16 bytes a hop, with full keys 396 + 192. The rotation is not in it. */
export function encodeReplySurb(replySurb: ReplySurb): Bytes {
  return concat(replySurb.key, encodeSurb(replySurb.surb));
}

/**
 * Read a reply block.
 *
 * @throws {DecodeError} If its length fits no number of hops or its first hop is no node address.
 */
export function decodeReplySurb(
  bytes: Uint8Array,
  rotation: KeyRotation,
): ReplySurb {
  const reader = new ByteReader(bytes, "reply block");
  const key = reader.bytes(REPLY_KEY_SIZE, "key");
  const surb = decodeSurb(reader.rest());
  decodeNodeAddress(surb.firstHop);
  return { key, surb, rotation };
}
