import captured from "../fixtures/sphinx/captured_packets.json" with {
  type: "json",
};
import golden from "../fixtures/sphinx/golden_values.json" with {
  type: "json",
};
import reference from "../fixtures/sphinx/reference_run.json" with {
  type: "json",
};
import type { Bytes } from "../../lib/bytes/brand.ts";
import { concat } from "../../lib/bytes/concat.ts";
import { x25519PublicKey } from "../../lib/crypto/x25519.ts";
import type { SphinxHop } from "../../lib/sphinx/route.ts";
import { unhex } from "../support/hex.ts";

export { captured, golden, reference };

/** A node of a test route: what others know of it, and its secret. */
export interface TestNode extends SphinxHop {
  readonly secret: Bytes;
}

/** Nodes 0 … n - 1: secrets of 32 bytes 11, 22, …, addresses 10.0.0.1:1787, 10.0.0.2:1787, … */
export function testNodes(n: number): TestNode[] {
  return Array.from({ length: n }, (_, i) => {
    const secret = new Uint8Array(32).fill(0x11 * (i + 1));
    const address = concat(
      unhex("0406fb0a0000"),
      Uint8Array.of(i + 1),
      new Uint8Array(25),
    );
    return { secret, address, publicKey: x25519PublicKey(secret) };
  });
}

/** Digits of SHA-256. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Bytes);
  return new Uint8Array(digest).toHex();
}
