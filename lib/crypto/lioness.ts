import type { Bytes } from "../bytes/brand.ts";
import { blake2bKeyed } from "./blake2b.ts";
import { chacha20Zero } from "./chacha20.ts";
import { xor } from "./xor.ts";

/** Length of a raw key: stream 32 ‖ hash 64 ‖ stream 32 ‖ hash 64. */
export const LIONESS_KEY_SIZE = 192;
/** The left part, which keys the streams and takes the hashes. A block must be longer. */
export const LIONESS_LEFT_SIZE = 32;

/**
 * Encrypt a block of any length above 32 bytes as a whole, with ChaCha20 and keyed BLAKE2b as in the `lioness` crate
 * (Sphinx §8.4): a change of one bit changes all of the result. Needs `cryptoReady()`.
 *
 * @throws {RangeError} If the key or the block has an impossible length.
 */
export function lionessEncrypt(key: Uint8Array, block: Uint8Array): Bytes {
  const { k1, k2, k3, k4 } = splitKey(key);
  let { left, right } = splitBlock(block);
  right = chacha20Zero(xor(left, k1), right);
  left = xor(left, blake2bKeyed(k2, right));
  right = chacha20Zero(xor(left, k3), right);
  left = xor(left, blake2bKeyed(k4, right));
  return joinBlock(left, right);
}

/** Undo {@linkcode lionessEncrypt}. */
export function lionessDecrypt(key: Uint8Array, block: Uint8Array): Bytes {
  const { k1, k2, k3, k4 } = splitKey(key);
  let { left, right } = splitBlock(block);
  left = xor(left, blake2bKeyed(k4, right));
  right = chacha20Zero(xor(left, k3), right);
  left = xor(left, blake2bKeyed(k2, right));
  right = chacha20Zero(xor(left, k1), right);
  return joinBlock(left, right);
}

function splitKey(key: Uint8Array) {
  if (key.length !== LIONESS_KEY_SIZE) {
    throw new RangeError(
      `Cannot use Lioness key: need ${LIONESS_KEY_SIZE} bytes, have ${key.length}`,
    );
  }
  return {
    k1: key.subarray(0, 32),
    k2: key.subarray(32, 96),
    k3: key.subarray(96, 128),
    k4: key.subarray(128),
  };
}

function splitBlock(block: Uint8Array): Halves {
  if (block.length <= LIONESS_LEFT_SIZE) {
    throw new RangeError(
      `Cannot use Lioness block: need more than ${LIONESS_LEFT_SIZE} bytes, have ${block.length}`,
    );
  }
  return {
    left: block.subarray(0, LIONESS_LEFT_SIZE),
    right: block.subarray(LIONESS_LEFT_SIZE),
  };
}

interface Halves {
  left: Uint8Array;
  right: Uint8Array;
}

function joinBlock(left: Uint8Array, right: Uint8Array): Bytes {
  const block = new Uint8Array(left.length + right.length);
  block.set(left);
  block.set(right, left.length);
  return block;
}
