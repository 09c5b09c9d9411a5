import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { wipe } from "../bytes/wipe.ts";
import { AES_CTR_KEY_SIZE, aesCtrZero } from "../crypto/aes_ctr.ts";
import { blake3 } from "../crypto/blake3.ts";
import { hkdfBlake3 } from "../crypto/hkdf.ts";
import type { RandomSource } from "../crypto/random.ts";
import { generateX25519, x25519 } from "../crypto/x25519.ts";
import { DecodeError } from "../errors.ts";
import { KEY_BLOCK_SIZE } from "./packet_size.ts";

/** Size of the key that encrypts one reply. */
export const REPLY_KEY_SIZE: number = AES_CTR_KEY_SIZE;

/**
 * Encrypt a fragment to a recipient: a fresh X25519 key (drawn first, 32 bytes), followed by AES-128-CTR of the fragment
 * under a key that HKDF over HMAC-BLAKE3 makes of the shared secret. Nothing authenticates it: a receiver knows garbage by
 * the fragment header alone (nymtech/nym, `common/nymsphinx/src/preparer/payload.rs`).
 *
 * @throws {CryptoError} If the recipient's key is unusable.
 */
export function sealFragment(
  fragment: Uint8Array,
  encryptionKey: Uint8Array,
  random: RandomSource,
): Bytes {
  const ephemeral = generateX25519(random);
  const key = sharedKey(ephemeral.secret, encryptionKey);
  try {
    return concat(ephemeral.public, aesCtrZero(key, fragment));
  } finally {
    wipe(ephemeral.secret, key);
  }
}

/**
 * Undo {@linkcode sealFragment} with the recipient's X25519 secret.
 *
 * @throws {DecodeError} If there are fewer than 32 bytes.
 * @throws {CryptoError} If the key in front is unusable.
 */
export function openFragment(sealed: Uint8Array, secret: Uint8Array): Bytes {
  const [ephemeral, ciphertext] = cutKeyBlock(sealed);
  const key = sharedKey(secret, ephemeral);
  try {
    return aesCtrZero(key, ciphertext);
  } finally {
    wipe(key);
  }
}

/** Encrypt a fragment for a reply block: the digest of the block's key, followed by AES-128-CTR of the fragment under that key. */
export function sealReply(fragment: Uint8Array, key: Uint8Array): Bytes {
  return concat(replyKeyDigest(key), aesCtrZero(key, fragment));
}

/**
 * Undo {@linkcode sealReply} with the key whose digest stands in front.
 *
 * @throws {DecodeError} If there are fewer than 32 bytes.
 */
export function openReply(sealed: Uint8Array, key: Uint8Array): Bytes {
  return aesCtrZero(key, cutKeyBlock(sealed)[1]);
}

/** What a reply names its key by: BLAKE3 of it, 32 bytes. */
export function replyKeyDigest(key: Uint8Array): Bytes {
  return blake3(key);
}

/** Borrowed views of the key block in front and of the ciphertext behind it. */
function cutKeyBlock(sealed: Uint8Array): [Uint8Array, Uint8Array] {
  if (sealed.length < KEY_BLOCK_SIZE) {
    throw new DecodeError(
      `Cannot decode message: need ${KEY_BLOCK_SIZE} bytes, have ${sealed.length}`,
    );
  }
  return [sealed.subarray(0, KEY_BLOCK_SIZE), sealed.subarray(KEY_BLOCK_SIZE)];
}

function sharedKey(secret: Uint8Array, publicKey: Uint8Array): Bytes {
  const shared = x25519(secret, publicKey);
  try {
    return hkdfBlake3(shared, undefined, AES_CTR_KEY_SIZE);
  } finally {
    wipe(shared);
  }
}
