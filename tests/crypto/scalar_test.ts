import { assert, assertEquals } from "@std/assert";
import { ed25519, x25519 as noble } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import {
  clampedRepresentative,
  clampedScalar,
  GROUP_ORDER,
  multiplyScalars,
  reducedScalar,
} from "../../lib/crypto/scalar.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { fromLittleEndian } from "../../lib/crypto/field25519.ts";
import { x25519, x25519PublicKey } from "../../lib/crypto/x25519.ts";
import { hex } from "../support/hex.ts";

await cryptoReady();

const EDGE = 2n ** 128n;
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const nodes = fc.bigInt({ min: 1n, max: GROUP_ORDER - 1n });
/** All but the few at both ends that may have no representative. */
const scalars = fc.bigInt({ min: EDGE, max: GROUP_ORDER - EDGE });

Deno.test("GROUP_ORDER is that of a second implementation", () => {
  assertEquals(GROUP_ORDER, ed25519.Point.Fn.ORDER);
});

Deno.test("clampedRepresentative() is clamped and multiplies like the scalar itself", () => {
  const property = fc.property(scalars, nodes, (scalar, node) => {
    const representative = clampedRepresentative(bytesOf(scalar))!;
    assertEquals(representative[0]! & 7, 0);
    assertEquals(representative[31]! & 192, 64);
    const point = ed25519.Point.BASE.multiply(node);
    assertEquals(
      hex(x25519(representative, montgomery(point))),
      hex(montgomery(point.multiply(scalar))),
    );
  });
  fc.assert(property, { numRuns: 50 });
});

Deno.test("clampedRepresentative() works for 1 and for -1", () => {
  const nine = "09".padEnd(64, "0");
  for (const scalar of [1n, GROUP_ORDER - 1n]) {
    const representative = clampedRepresentative(bytesOf(scalar));
    assert(representative !== undefined);
    assertEquals(hex(x25519PublicKey(representative)), nine);
  }
});

Deno.test("clampedRepresentative() has none for zero", () => {
  assertEquals(clampedRepresentative(bytesOf(0n)), undefined);
});

Deno.test("clampedRepresentative() has none where bit 255 would be needed, at both ends only", () => {
  const near = fc.bigInt({ min: 1n, max: EDGE });
  const property = fc.property(near, fc.boolean(), (distance, high) => {
    const scalar = high ? GROUP_ORDER - distance : distance;
    const representative = clampedRepresentative(bytesOf(scalar));
    if (representative === undefined) return;
    assertEquals(representative[31]! & 192, 64);
    assertEquals(representative[0]! & 7, 0);
  });
  fc.assert(property);
  assertEquals(clampedRepresentative(bytesOf(8n)), undefined);
  assertEquals(clampedRepresentative(bytesOf(GROUP_ORDER - 8n)), undefined);
  assert(clampedRepresentative(bytesOf(EDGE)) !== undefined);
  assert(clampedRepresentative(bytesOf(GROUP_ORDER - EDGE)) !== undefined);
});

Deno.test("multiplyScalars() folds two multiplications into one", () => {
  const property = fc.property(bytes32, bytes32, bytes32, (a, b, node) => {
    const point = x25519PublicKey(node);
    const folded = multiplyScalars(clampedScalar(a), clampedScalar(b));
    assertEquals(
      hex(x25519(clampedRepresentative(folded)!, point)),
      hex(noble.scalarMult(a, noble.scalarMult(b, point))),
    );
  });
  fc.assert(property, { numRuns: 50 });
});

Deno.test("reducedScalar() reads little-endian and reduces", () => {
  assertEquals(reducedScalar(Uint8Array.of(1, 2)), bytesOf(513n));
  assertEquals(
    reducedScalar(new Uint8Array(32).fill(255)),
    bytesOf((2n ** 256n - 1n) % GROUP_ORDER),
  );
});

Deno.test("clampedScalar(), reducedScalar() and multiplyScalars() equal arithmetic of whole numbers", () => {
  const property = fc.property(bytes32, bytes32, (a, b) => {
    const [x, y] = [fromLittleEndian(a), fromLittleEndian(b)];
    const clamped = x & (2n ** 254n - 8n) | 2n ** 254n;
    assertEquals(clampedScalar(a), bytesOf(clamped % GROUP_ORDER));
    assertEquals(reducedScalar(a), bytesOf(x % GROUP_ORDER));
    assertEquals(multiplyScalars(a, b), bytesOf(x * y % GROUP_ORDER));
  });
  fc.assert(property);
});

function bytesOf(scalar: bigint): Uint8Array {
  return Uint8Array.fromHex(scalar.toString(16).padStart(64, "0")).reverse();
}

function montgomery(point: InstanceType<typeof ed25519.Point>): Uint8Array {
  return ed25519.utils.toMontgomery(point.toBytes());
}
