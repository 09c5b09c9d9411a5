import { sign, verify } from "node:crypto";
import type { Bytes } from "../bytes/brand.ts";
import {
  publicKeyBytes,
  publicKeyObject,
  secretKeyObject,
} from "./key_object.ts";
import type { RandomSource } from "./random.ts";

/** Length of seeds and public keys. */
export const ED25519_KEY_SIZE = 32;
/** Length of signatures. */
export const ED25519_SIGNATURE_SIZE = 64;

/** A seed (the secret of RFC 8032) and its public key, 32 bytes each. */
export interface Ed25519KeyPair {
  readonly secret: Bytes;
  readonly public: Bytes;
}

/** Draw a key pair: takes 32 bytes from `random`. */
export function generateEd25519(random: RandomSource): Ed25519KeyPair {
  const secret = random(ED25519_KEY_SIZE);
  return { secret, public: ed25519PublicKey(secret) };
}

/** The public key of a seed. */
export function ed25519PublicKey(seed: Uint8Array): Bytes {
  return publicKeyBytes(secretKeyObject("ed25519", seed));
}

/** Sign a message: 64 bytes, the same for the same input. */
export function signEd25519(seed: Uint8Array, message: Uint8Array): Bytes {
  return new Uint8Array(sign(null, message, secretKeyObject("ed25519", seed)));
}

/** Whether a signature is that of the key over the message; `false` too for a key or signature of the wrong shape. */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== ED25519_KEY_SIZE) return false;
  if (signature.length !== ED25519_SIGNATURE_SIZE) return false;
  try {
    const key = publicKeyObject("ed25519", publicKey);
    return verify(null, message, key, signature);
  } catch {
    // The library throws on bytes that are no point; such a key has signed nothing.
    return false;
  }
}
