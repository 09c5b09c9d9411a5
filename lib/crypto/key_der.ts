import type { Bytes } from "../bytes/brand.ts";

/** The two curves of RFC 8410 whose keys are 32 raw bytes. */
export type KeyCurve = "x25519" | "ed25519";

/** Length of every key of these curves. */
export const KEY_SIZE = 32;

/** DER in front of the raw key: PKCS #8 and SubjectPublicKeyInfo with the curve's object identifier (RFC 8410 §3). */
const PREFIX = {
  x25519: {
    secret: Uint8Array.fromHex("302e020100300506032b656e04220420"),
    public: Uint8Array.fromHex("302a300506032b656e032100"),
  },
  ed25519: {
    secret: Uint8Array.fromHex("302e020100300506032b657004220420"),
    public: Uint8Array.fromHex("302a300506032b6570032100"),
  },
} as const;

/** A raw key as libraries take it. */
export function keyDer(
  curve: KeyCurve,
  half: "secret" | "public",
  raw: Uint8Array,
): Bytes {
  if (raw.length !== KEY_SIZE) {
    throw new RangeError(
      `Cannot use key: need ${KEY_SIZE} bytes, have ${raw.length}`,
    );
  }
  const prefix = PREFIX[curve][half];
  const encoded = new Uint8Array(prefix.length + KEY_SIZE);
  encoded.set(prefix);
  encoded.set(raw, prefix.length);
  return encoded;
}
