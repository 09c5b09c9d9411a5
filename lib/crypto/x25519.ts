import { diffieHellman } from "node:crypto";
import type { Bytes } from "../bytes/brand.ts";
import { CryptoError } from "../errors.ts";
import {
  publicKeyBytes,
  publicKeyObject,
  secretKeyObject,
} from "./key_object.ts";
import type { RandomSource } from "./random.ts";

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
  let shared: Uint8Array;
  try {
    shared = diffieHellman(keys);
  } catch (cause) {
    throw new CryptoError("Cannot agree on a secret: unusable public key", {
      cause,
    });
  }
  return new Uint8Array(shared);
}
