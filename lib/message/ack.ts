import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { AES_CTR_KEY_SIZE, aesCtr } from "../crypto/aes_ctr.ts";
import type { RandomSource } from "../crypto/random.ts";
import { DecodeError } from "../errors.ts";
import {
  decodeFragmentId,
  encodeFragmentId,
  type FragmentId,
  isCoverId,
} from "./fragment_id.ts";
import { ACK_SIZE } from "./packet_size.ts";

const IV_SIZE = AES_CTR_KEY_SIZE;

/**
 * Write what an acknowledgement says: a starting value (drawn, 16 bytes) and the fragment's identifier in AES-128-CTR. Only
 * the client that made it can read it (nymtech/nym, `common/nymsphinx/acknowledgements`).
 */
export function sealAck(
  ackKey: Uint8Array,
  id: FragmentId,
  random: RandomSource,
): Bytes {
  const iv = random(IV_SIZE);
  return concat(iv, aesCtr(ackKey, iv, encodeFragmentId(id)));
}

/**
 * Read an acknowledgement that came back.
 *
 * @returns The fragment that has reached the recipient's gateway, or `cover` if it was a cover packet.
 * @throws {DecodeError} If its length is not 21 bytes or it names no fragment.
 */
export function openAck(
  ackKey: Uint8Array,
  bytes: Uint8Array,
): FragmentId | "cover" {
  if (bytes.length !== ACK_SIZE) {
    throw new DecodeError(
      `Cannot decode acknowledgement: need ${ACK_SIZE} bytes, have ${bytes.length}`,
    );
  }
  const iv = bytes.subarray(0, IV_SIZE);
  const id = decodeFragmentId(aesCtr(ackKey, iv, bytes.subarray(IV_SIZE)));
  return isCoverId(id) ? "cover" : id;
}
