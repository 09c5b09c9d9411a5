import { type Cipheriv, createCipheriv } from "node:crypto";
import { Polyval } from "@noble/ciphers/_polyval.js";
import type { Bytes } from "../bytes/brand.ts";
import { equal } from "../bytes/equal.ts";
import { wipe } from "../bytes/wipe.ts";
import { CryptoError } from "../errors.ts";
import { ownBytes } from "./own_bytes.ts";
import { runCipher } from "./run_cipher.ts";

/** Length of AES-256-GCM-SIV keys. */
export const GCM_SIV_KEY_SIZE = 32;
/** Length of nonces. */
export const GCM_SIV_NONCE_SIZE = 12;
/** How much longer the sealed form is. */
export const GCM_SIV_TAG_SIZE = 16;

const BLOCK_SIZE = 16;
const AUTH_KEY_SIZE = 16;
/** How much of a block becomes part of a derived key. */
const DERIVED_SIZE = 8;
/** For `DataView`. */
const LITTLE_ENDIAN = true;

/**
 * Seal with AES-256-GCM-SIV and no associated data (RFC 8452 §4): ciphertext ‖ tag(16).
 *
 * The runtime has AES, `@noble/ciphers` has POLYVAL; only how they are put together stands here. `@noble/ciphers` has all
 * of it, with an AES of 640 KB of tables: that takes three times as long where the tables have left the processor's cache,
 * and how long tells about the key. The tests compare with it.
 */
export function sealGcmSiv(
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
): Bytes {
  const keys = deriveKeys(key, nonce);
  const tag = computeTag(keys, nonce, plain);
  const sealed = new Uint8Array(plain.length + GCM_SIV_TAG_SIZE);
  applyStream(keys, tag, plain, sealed);
  sealed.set(tag, plain.length);
  release(keys);
  return sealed;
}

/**
 * Open what {@linkcode sealGcmSiv} sealed (RFC 8452 §5).
 *
 * @throws {CryptoError} If key, nonce or a byte differ from those of the sealing.
 */
export function openGcmSiv(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
): Bytes {
  const length = sealed.length - GCM_SIV_TAG_SIZE;
  if (length < 0) throw new CryptoError("Cannot open sealed bytes");
  const tag = sealed.subarray(length);
  const keys = deriveKeys(key, nonce);
  const plain = new Uint8Array(length);
  applyStream(keys, tag, sealed.subarray(0, length), plain);
  const expected = computeTag(keys, nonce, plain);
  release(keys);
  if (equal(tag, expected)) return plain;
  wipe(plain, expected);
  throw new CryptoError("Cannot open sealed bytes");
}

/** The keys of one message. */
interface MessageKeys {
  /** Of POLYVAL, 16 bytes. */
  readonly auth: Bytes;
  /** AES of whole blocks with the other key. */
  readonly blocks: Cipheriv;
}

/** RFC 8452 §4, `derive_keys`: half of each of six encrypted blocks, in which a counter stands before the nonce. */
function deriveKeys(key: Uint8Array, nonce: Uint8Array): MessageKeys {
  const size = AUTH_KEY_SIZE + GCM_SIV_KEY_SIZE;
  const blocks = new Uint8Array(size / DERIVED_SIZE * BLOCK_SIZE);
  for (let at = 0; at < blocks.length; at += BLOCK_SIZE) {
    blocks[at] = at / BLOCK_SIZE;
    blocks.set(nonce, at + 4);
  }
  const encrypted = runCipher(blockCipher(key), blocks);
  const derived = new Uint8Array(size);
  for (let at = 0; at < size; at += DERIVED_SIZE) {
    derived.set(encrypted.subarray(2 * at, 2 * at + DERIVED_SIZE), at);
  }
  wipe(encrypted);
  const encryption = derived.subarray(AUTH_KEY_SIZE);
  const cipher = blockCipher(encryption);
  wipe(encryption);
  return { auth: derived.subarray(0, AUTH_KEY_SIZE), blocks: cipher };
}

/** POLYVAL over the plaintext and its length in bits, combined with the nonce, encrypted. */
function computeTag(
  { auth, blocks }: MessageKeys,
  nonce: Uint8Array,
  plain: Uint8Array,
): Bytes {
  const lengths = new Uint8Array(BLOCK_SIZE);
  new DataView(lengths.buffer).setBigUint64(
    8,
    BigInt(plain.length) * 8n,
    LITTLE_ENDIAN,
  );
  const digest = new Polyval(auth, plain.length).update(plain).update(lengths)
    .digest();
  nonce.forEach((byte, i) => digest[i]! ^= byte);
  digest[BLOCK_SIZE - 1]! &= 0x7f;
  return ownBytes(blocks.update(digest));
}

/** Combine `from` with the key stream into `to`: the tag with its top bit set, counted up in its first four bytes, encrypted. */
function applyStream(
  { blocks }: MessageKeys,
  tag: Uint8Array,
  from: Uint8Array,
  to: Uint8Array,
): void {
  const counters = new Uint8Array(
    Math.ceil(from.length / BLOCK_SIZE) * BLOCK_SIZE,
  );
  const view = new DataView(counters.buffer);
  const first = tag.slice();
  first[BLOCK_SIZE - 1]! |= 0x80;
  const start = new DataView(first.buffer).getUint32(0, LITTLE_ENDIAN);
  for (let at = 0; at < counters.length; at += BLOCK_SIZE) {
    counters.set(first, at);
    view.setUint32(at, start + at / BLOCK_SIZE, LITTLE_ENDIAN);
  }
  const stream = ownBytes(blocks.update(counters));
  for (let i = 0; i < from.length; i++) to[i] = from[i]! ^ stream[i]!;
}

function blockCipher(key: Uint8Array): Cipheriv {
  const padding = false;
  return createCipheriv("aes-256-ecb", key, null).setAutoPadding(padding);
}

function release({ auth, blocks }: MessageKeys): void {
  wipe(auth);
  blocks.final();
}
