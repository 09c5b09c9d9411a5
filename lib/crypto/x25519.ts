import { diffieHellman } from "node:crypto";
import type { Bytes } from "../bytes/brand.ts";
import { CryptoError } from "../errors.ts";
import {
  publicKeyBytes,
  publicKeyObject,
  secretKeyObject,
} from "./key_object.ts";
import { ownBytes } from "./own_bytes.ts";
import type { RandomSource } from "./random.ts";
import { withSodium } from "./sodium.ts";

/** Length of secrets, public keys and shared secrets. */
export const X25519_KEY_SIZE = 32;

/** A secret as it was drawn (clamped at every use, never stored clamped) and its public point, 32 bytes each. */
export interface X25519KeyPair {
  readonly secret: Bytes;
  readonly public: Bytes;
}

/** Draw a key pair: takes 32 bytes from `random`. */
export function generateX25519(random: RandomSource): X25519KeyPair {
  const secret = random(X25519_KEY_SIZE);
  return { secret, public: x25519PublicKey(secret) };
}

/** The public point of a secret (RFC 7748 §6.1). */
export function x25519PublicKey(secret: Uint8Array): Bytes {
  return publicKeyBytes(secretKeyObject("x25519", secret));
}

/** {@linkcode x25519PublicKey} of a secret that is used once: by libsodium, which makes no key object. Needs `cryptoReady()`. */
export function ephemeralPublicKey(secret: Uint8Array): Bytes {
  return withSodium((sodium, memory) => {
    const point = memory.zeros(X25519_KEY_SIZE);
    sodium._crypto_scalarmult_base(point, memory.copy(secret));
    return memory.read(point, X25519_KEY_SIZE);
  });
}

/**
 * Multiply a point by a scalar, which is clamped on the way (RFC 7748 §5): the shared secret of a secret and someone's
 * public key.
 *
 * @throws {CryptoError} If the result is all zero, as it is for points of small order.
 */
export function x25519(secret: Uint8Array, publicKey: Uint8Array): Bytes {
  const keys = {
    privateKey: secretKeyObject("x25519", secret),
    publicKey: publicKeyObject("x25519", publicKey),
  };
  try {
    return ownBytes(diffieHellman(keys));
  } catch (cause) {
    throw new CryptoError("Cannot agree on a secret: unusable public key", {
      cause,
    });
  }
}
