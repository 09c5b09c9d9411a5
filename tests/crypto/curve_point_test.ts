import { assert, assertEquals } from "@std/assert";
import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import {
  isCurve25519Point,
  isEd25519Point,
} from "../../lib/crypto/curve_point.ts";
import { ed25519PublicKey } from "../../lib/crypto/ed25519.ts";
import { x25519PublicKey } from "../../lib/crypto/x25519.ts";
import { unhex } from "../support/hex.ts";

/** As ZIP 215 has it: coordinates above the prime pass. */
const LENIENT = true;

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

Deno.test("isEd25519Point() says what decompression by a second implementation says", () => {
  const property = fc.property(bytes32, (bytes) => {
    assertEquals(isEd25519Point(bytes), decompresses(bytes));
  });
  fc.assert(property, { numRuns: 200 });
});

Deno.test("isEd25519Point() accepts public keys, and no other length", () => {
  const key = ed25519PublicKey(new Uint8Array(32).fill(7));
  assert(isEd25519Point(key));
  assert(!isEd25519Point(key.subarray(1)));
  assert(!isEd25519Point(new Uint8Array(33)));
});

Deno.test("isEd25519Point() accepts the identity, and coordinates above the prime as lenient decoders do", () => {
  assert(isEd25519Point(unhex("01".padEnd(64, "0"))));
  // p + 1 is the identity again.
  assert(isEd25519Point(unhex("ee" + "ff".repeat(30) + "7f")));
});

Deno.test("isCurve25519Point() accepts every public key, and refuses the twist", () => {
  const property = fc.property(bytes32, (secret) => {
    const u = x25519PublicKey(secret);
    assert(isCurve25519Point(u));
    // Any bytes lie on the curve or on its twist; the second opinion goes over to the Edwards form.
    assertEquals(isCurve25519Point(secret), onCurve(secret));
  });
  fc.assert(property, { numRuns: 50 });
});

function decompresses(bytes: Uint8Array): boolean {
  try {
    ed25519.Point.fromBytes(bytes, LENIENT);
    return true;
  } catch {
    return false;
  }
}

/** Whether y = (u - 1) / (u + 1) is the coordinate of an Edwards point. */
function onCurve(bytes: Uint8Array): boolean {
  const { Fp } = ed25519.Point;
  const masked = bytes.slice();
  masked[31]! &= 127;
  const u = Fp.create(BigInt(`0x${masked.reverse().toHex()}`));
  const y = Fp.div(Fp.sub(u, 1n), Fp.add(u, 1n));
  return decompresses(Fp.toBytes(y));
}
