import type { Bytes } from "../bytes/brand.ts";
import { type SodiumMemory, withSodium } from "./sodium.ts";

/** Length of a raw key: stream 32 ‖ hash 64 ‖ stream 32 ‖ hash 64. */
const LIONESS_KEY_SIZE = 192;
/** The left part, which keys the streams and takes the hashes. A block must be longer. */
const LIONESS_LEFT_SIZE = 32;

const HASH_KEY_SIZE = 64;
/** Length of the nonce of ChaCha20 (RFC 8439), which is zero: every key is used once. */
const NONCE_SIZE = 12;
/** Where the four parts of a key begin. */
const [K1, K2, K3, K4] = [0, 32, 96, 128] as const;

/**
 * Encrypt a block of any length above 32 bytes as a whole, with one key after the other, with ChaCha20 and keyed BLAKE2b as in
 * the `lioness` crate (Sphinx §8.4): a change of one bit changes all of the result. Needs `cryptoReady()`.
 *
 * @throws {RangeError} If a key or the block has an impossible length.
 */
export function lionessEncrypt(
  keys: readonly Uint8Array[],
  block: Uint8Array,
): Bytes {
  return onBlock(block, (rounds) => {
    for (const key of keys) {
      rounds.useKey(key);
      rounds.stream(K1);
      rounds.hash(K2);
      rounds.stream(K3);
      rounds.hash(K4);
    }
  });
}

/** Undo {@linkcode lionessEncrypt} with one key. @throws As it does. */
export function lionessDecrypt(key: Uint8Array, block: Uint8Array): Bytes {
  return onBlock(block, (rounds) => {
    rounds.useKey(key);
    rounds.hash(K4);
    rounds.stream(K3);
    rounds.hash(K2);
    rounds.stream(K1);
  });
}

/** The steps of Lioness on a block in libsodium's memory. */
interface Rounds {
  /** What the next steps take their keys from. */
  useKey(key: Uint8Array): void;
  /** XOR the right part with the stream of the left part and a part of the key. */
  stream(part: typeof K1 | typeof K3): void;
  /** XOR the left part with the digest of the right part under a part of the key. */
  hash(part: typeof K2 | typeof K4): void;
}

function onBlock(block: Uint8Array, work: (rounds: Rounds) => void): Bytes {
  if (block.length <= LIONESS_LEFT_SIZE) {
    throw new RangeError(
      `Cannot use Lioness block: need more than ${LIONESS_LEFT_SIZE} bytes, have ${block.length}`,
    );
  }
  return withSodium((sodium, memory) => {
    const key = memory.zeros(LIONESS_KEY_SIZE);
    const nonce = memory.zeros(NONCE_SIZE);
    const scratch = memory.zeros(LIONESS_LEFT_SIZE);
    const left = memory.copy(block);
    const right = left + LIONESS_LEFT_SIZE;
    const length = block.length - LIONESS_LEFT_SIZE;
    work({
      useKey: (bytes) => putKey(memory, key, bytes),
      stream(part) {
        memory.xor(scratch, left, key + part, LIONESS_LEFT_SIZE);
        sodium._crypto_stream_chacha20_ietf_xor(
          right,
          right,
          length,
          0,
          nonce,
          scratch,
        );
      },
      hash(part) {
        sodium._crypto_generichash(
          scratch,
          LIONESS_LEFT_SIZE,
          right,
          length,
          0,
          key + part,
          HASH_KEY_SIZE,
        );
        memory.xor(left, left, scratch, LIONESS_LEFT_SIZE);
      },
    });
    return memory.read(left, block.length);
  });
}

function putKey(memory: SodiumMemory, address: number, key: Uint8Array): void {
  if (key.length !== LIONESS_KEY_SIZE) {
    throw new RangeError(
      `Cannot use Lioness key: need ${LIONESS_KEY_SIZE} bytes, have ${key.length}`,
    );
  }
  memory.bytes.set(key, address);
}
