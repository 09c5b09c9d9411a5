import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Bytes } from "../bytes/brand.ts";
import { equal } from "../bytes/equal.ts";
import { wipe } from "../bytes/wipe.ts";

/** The two curves of RFC 8410 whose keys are 32 raw bytes. */
export type KeyCurve = "x25519" | "ed25519";

/** Length of every key of these curves. */
const KEY_SIZE = 32;

/** DER in front of the raw key: PKCS #8 and SubjectPublicKeyInfo with the curve's object identifier (RFC 8410 §3). */
const DER_PREFIX = {
  x25519: {
    secret: Uint8Array.fromHex("302e020100300506032b656e04220420"),
    public: Uint8Array.fromHex("302a300506032b656e032100"),
  },
  ed25519: {
    secret: Uint8Array.fromHex("302e020100300506032b657004220420"),
    public: Uint8Array.fromHex("302a300506032b6570032100"),
  },
} as const;

/** Make a native key of a raw secret: an X25519 scalar, or an Ed25519 seed. */
export function secretKeyObject(
  curve: KeyCurve,
  secret: Uint8Array,
): KeyObject {
  const key = der(DER_PREFIX[curve].secret, secret);
  try {
    return createPrivateKey({ key, format: "der", type: "pkcs8" });
  } finally {
    wipe(key);
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
  const encoded = der(DER_PREFIX[curve].public, bytes);
  const key = createPublicKey({ key: encoded, format: "der", type: "spki" });
  known.set(bytes, { curve, bytes: bytes.slice() as Bytes, key });
  return key;
}

/** The raw public half of a native secret key. */
export function publicKeyBytes(secret: KeyObject): Bytes {
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" });
  return new Uint8Array(spki.subarray(spki.length - KEY_SIZE));
}

function der(prefix: Uint8Array, raw: Uint8Array): Buffer {
  if (raw.length !== KEY_SIZE) {
    throw new RangeError(
      `Cannot use key: need ${KEY_SIZE} bytes, have ${raw.length}`,
    );
  }
  // Not out of the shared pool: a secret must not lie beside other people's buffers.
  const encoded = Buffer.alloc(prefix.length + KEY_SIZE);
  encoded.set(prefix);
  encoded.set(raw, prefix.length);
  return encoded;
}
