import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Bytes } from "../bytes/brand.ts";
import { equal } from "../bytes/equal.ts";
import { wipe } from "../bytes/wipe.ts";
import { KEY_SIZE, type KeyCurve, keyDer } from "./key_der.ts";

/** Make a native key of a raw secret: an X25519 scalar, or an Ed25519 seed. */
export function secretKeyObject(
  curve: KeyCurve,
  secret: Uint8Array,
): KeyObject {
  const encoded = keyDer(curve, "secret", secret);
  try {
    return createPrivateKey({
      key: Buffer.from(encoded.buffer),
      format: "der",
      type: "pkcs8",
    });
  } finally {
    wipe(encoded);
  }
}

/** A native key that was made before, and of what. */
interface KnownKey {
  readonly curve: KeyCurve;
  readonly bytes: Bytes;
  readonly key: KeyObject;
}

/**
 * Native keys by the array that they were made of. The keys of nodes come back in every packet, and making one costs a
 * sixth of what is done with it.
 */
const known = new WeakMap<Uint8Array, KnownKey>();

/** Make a native key of raw public bytes. */
export function publicKeyObject(
  curve: KeyCurve,
  bytes: Uint8Array,
): KeyObject {
  const before = known.get(bytes);
  // An array can have been filled with something else meanwhile.
  if (before?.curve === curve && equal(before.bytes, bytes)) return before.key;
  const key = createPublicKey({
    key: Buffer.from(keyDer(curve, "public", bytes).buffer),
    format: "der",
    type: "spki",
  });
  known.set(bytes, { curve, bytes: bytes.slice() as Bytes, key });
  return key;
}

/** The raw public half of a native secret key. */
export function publicKeyBytes(secret: KeyObject): Bytes {
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" });
  return new Uint8Array(spki.subarray(spki.length - KEY_SIZE));
}
