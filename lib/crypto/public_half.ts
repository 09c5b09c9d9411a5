import type { Bytes } from "../bytes/brand.ts";
import { wipe } from "../bytes/wipe.ts";
import { type KeyCurve, keyDer } from "./key_der.ts";

/**
 * The public half of an X25519 secret or an Ed25519 seed, by the Web Crypto of the runtime: for commands that look at a key
 * once, and are over before `node:crypto` would be loaded.
 */
export async function publicHalf(
  curve: KeyCurve,
  secret: Uint8Array,
): Promise<Bytes> {
  const encoded = keyDer(curve, "secret", secret);
  const [name, use] = curve === "x25519"
    ? ["X25519", "deriveBits"] as const
    : ["Ed25519", "sign"] as const;
  const { subtle } = crypto;
  const extractable = true;
  try {
    const key = await subtle.importKey("pkcs8", encoded, name, extractable, [
      use,
    ]);
    const { x } = await subtle.exportKey("jwk", key);
    return Uint8Array.fromBase64(x!, { alphabet: "base64url" });
  } finally {
    wipe(encoded);
  }
}
