import type { Bytes } from "../bytes/brand.ts";
import type { ByteReader } from "../bytes/reader.ts";
import { ByteWriter } from "../bytes/writer.ts";
import { DecodeError } from "../errors.ts";
import {
  ADDRESS_SIZE,
  HEADER_SIZE,
  MAX_PATH_LENGTH,
  PAYLOAD_KEY_SEED_SIZE,
  PAYLOAD_KEY_SIZE,
} from "../sphinx/constants.ts";
import { REPLY_KEY_SIZE } from "./encryption.ts";
import { rotationByte, rotationFromByte } from "./key_rotation.ts";
import {
  decodeReplySurb,
  encodeReplySurb,
  type ReplySurb,
} from "./reply_surb.ts";

/** How reply blocks are written: `v1` by clients up to 2025.12, `v2` by later ones. Receivers read both. */
export type SurbEncoding = "v1" | "v2";

/** Blocks in the first encoding have full keys for this many hops. */
const V1_HOPS = 4;

const BARE_SIZE = REPLY_KEY_SIZE + HEADER_SIZE + ADDRESS_SIZE;
const V1_SURB_SIZE = BARE_SIZE + V1_HOPS * PAYLOAD_KEY_SIZE;
const V1_PREFIX_SIZE = 4;
const V2_PREFIX_SIZE = 2 + 1 + 1;

/**
 * Write a list of reply blocks: in `v1` count (4) ‖ blocks of 1164 bytes; in `v2` count (2) ‖ hops (1) ‖ rotation (1) ‖ blocks
 * of 396 bytes and 16 more a hop. All blocks of a list share hops and rotation
 * (nymtech/nym, `common/nymsphinx/anonymous-replies/src/requests`).
 *
 * @throws {RangeError} If the encoding cannot hold these blocks.
 */
export function encodeSurbList(
  surbs: readonly ReplySurb[],
  encoding: SurbEncoding,
): Bytes {
  return encoding === "v1" ? encodeV1(surbs) : encodeV2(surbs);
}

/**
 * Read a list of reply blocks.
 *
 * @throws {DecodeError} If blocks are missing or malformed.
 */
export function decodeSurbList(
  reader: ByteReader,
  encoding: SurbEncoding,
): ReplySurb[] {
  const v1 = encoding === "v1";
  const count = v1 ? reader.u32("count") : reader.u16("count");
  const hops = v1 ? V1_HOPS : reader.u8("hops");
  const rotation = v1 ? "unknown" : rotationFromByte(reader.u8("key rotation"));
  if (count > 0) assertHops(hops);
  const size = v1 ? V1_SURB_SIZE : v2SurbSize(hops);
  if (count * size > reader.remaining) {
    throw new DecodeError(
      `Cannot decode list of reply blocks: need ${count} of ${size} bytes, have ${reader.remaining} bytes`,
    );
  }
  return Array.from(
    { length: count },
    () => decodeReplySurb(reader.bytes(size, "reply block"), rotation),
  );
}

function encodeV1(surbs: readonly ReplySurb[]): Bytes {
  const writer = new ByteWriter(V1_PREFIX_SIZE + surbs.length * V1_SURB_SIZE)
    .u32(surbs.length);
  for (const surb of surbs) writer.bytes(encodeSized(surb, V1_SURB_SIZE));
  return writer.done();
}

function encodeV2(surbs: readonly ReplySurb[]): Bytes {
  const [first] = surbs;
  const hops = first?.surb.keys.length ?? 0;
  const rotation = first?.rotation ?? "unknown";
  if (surbs.length > 0xffff) {
    throw new RangeError(
      `Cannot encode ${surbs.length} reply blocks: need 65535 at most`,
    );
  }
  if (surbs.some((surb) => surb.rotation !== rotation)) {
    throw new RangeError("Cannot encode reply blocks of different rotations");
  }
  const size = v2SurbSize(hops);
  const writer = new ByteWriter(V2_PREFIX_SIZE + surbs.length * size)
    .u16(surbs.length).u8(hops).u8(rotationByte(rotation));
  for (const surb of surbs) writer.bytes(encodeSized(surb, size));
  return writer.done();
}

function encodeSized(surb: ReplySurb, size: number): Bytes {
  const bytes = encodeReplySurb(surb);
  if (bytes.length === size) return bytes;
  throw new RangeError(
    `Cannot encode reply block: need ${size} bytes, have ${bytes.length}`,
  );
}

function v2SurbSize(hops: number): number {
  return BARE_SIZE + hops * PAYLOAD_KEY_SEED_SIZE;
}

function assertHops(hops: number): void {
  if (hops >= 1 && hops <= MAX_PATH_LENGTH) return;
  throw new DecodeError(
    `Cannot decode list of reply blocks: need 1 to ${MAX_PATH_LENGTH} hops, have ${hops}`,
  );
}
