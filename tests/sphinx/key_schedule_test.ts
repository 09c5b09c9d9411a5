import { assert, assertEquals, assertThrows } from "@std/assert";
import { ed25519, x25519 as noble } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { isCurve25519Point } from "../../lib/crypto/curve_point.ts";
import { fromLittleEndian } from "../../lib/crypto/field25519.ts";
import { GROUP_ORDER } from "../../lib/crypto/scalar.ts";
import { x25519PublicKey } from "../../lib/crypto/x25519.ts";
import { CryptoError } from "../../lib/errors.ts";
import { expandSharedSecret } from "../../lib/sphinx/hop_keys.ts";
import {
  deriveKeySchedule,
  deriveKeyScheduleByChain,
} from "../../lib/sphinx/key_schedule.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { hex, unhex } from "../support/hex.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { bytes } from "./arbitraries.ts";
import { golden } from "./fixtures.ts";

await cryptoReady();

const secrets = fc.array(bytes(32), { minLength: 1, maxLength: 5 });

Deno.test("deriveKeySchedule() folds to what the chain of multiplications gives", () => {
  const property = fc.property(bytes(32), secrets, (secret, nodes) => {
    const keys = nodes.map(x25519PublicKey);
    assertEquals(
      deriveKeySchedule(secret, keys, 259),
      deriveKeyScheduleByChain(secret, keys, 259),
    );
  });
  fc.assert(property, { numRuns: 100 });
});

Deno.test("deriveKeySchedule() folds for keys with a small-order part too", () => {
  // All eight points that 8 takes to zero, added to an honest key: clamped scalars do not see them.
  const torsion = ed25519.Point.fromHex(
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  );
  const [first, second] = [1, 2].map((i) =>
    x25519PublicKey(new Uint8Array(32).fill(i))
  );
  const secret = seededRandom(1)(32);
  for (let i = 1; i < 8; i++) {
    const honest = ed25519.Point.BASE.multiply(BigInt(1000 + i));
    const mixed = montgomery(honest.add(torsion.multiply(BigInt(i))));
    const keys = [first!, mixed, second!, mixed];
    const folded = deriveKeySchedule(secret, keys, 259);
    assertEquals(folded, deriveKeyScheduleByChain(secret, keys, 259));
    const clean = [first!, montgomery(honest), second!, montgomery(honest)];
    assertEquals(
      hex(deriveKeySchedule(secret, clean, 259).hops[1]!.expanded),
      hex(folded.hops[1]!.expanded),
    );
  }
});

Deno.test("deriveKeySchedule() walks the chain for keys on the twist", () => {
  const twisted = new Uint8Array(32);
  twisted[0] = 2;
  assert(!isCurve25519Point(twisted));
  const secret = seededRandom(2)(32);
  const keys = [x25519PublicKey(secret), twisted, x25519PublicKey(secret)];
  const schedule = deriveKeySchedule(secret, keys, 259);
  assertEquals(schedule, deriveKeyScheduleByChain(secret, keys, 259));
  const expected = noble.scalarMult(
    schedule.hops[0]!.blinding,
    noble.scalarMult(secret, twisted),
  );
  assertEquals(
    schedule.hops[1]!.expanded,
    expandSharedSecret(expected).expanded,
  );
});

Deno.test("deriveKeySchedule() follows the legacy rule: unclamped, reduced modulo the group order", () => {
  const property = fc.property(fc.nat(), secrets, (seed, nodes) => {
    const secret = seededRandom(seed)(32);
    const { alpha, hops } = deriveKeySchedule(
      secret,
      nodes.map(x25519PublicKey),
      257,
    );
    // The second opinion multiplies Edwards points by plain scalars.
    let scalar = reduced(secret);
    assertEquals(alpha, montgomery(ed25519.Point.BASE.multiply(scalar)));
    for (const [i, node] of nodes.entries()) {
      const key = ed25519.Point.BASE.multiply(clamp(node));
      const shared = montgomery(key.multiply(scalar));
      const keys = expandSharedSecret(shared);
      assertEquals(hops[i], keys);
      scalar = scalar * reduced(keys.blinding) % GROUP_ORDER;
    }
  });
  fc.assert(property, { numRuns: 25 });
});

Deno.test("deriveKeySchedule() refuses unusable keys", () => {
  const secret = seededRandom(3)(32);
  const twisted = new Uint8Array(32);
  twisted[0] = 2;
  assertThrows(() => deriveKeySchedule(secret, [twisted], 257), CryptoError);
  const zero = new Uint8Array(32);
  for (const version of [257, 258, 259]) {
    assertThrows(() => deriveKeySchedule(secret, [zero], version), CryptoError);
  }
});

Deno.test("x25519PublicKey() gives the keys of the legacy header test of nymtech/sphinx", () => {
  for (const { secret, publicKey } of golden.legacyHeader.nodes) {
    assertEquals(hex(x25519PublicKey(unhex(secret))), publicKey);
  }
});

function montgomery(point: InstanceType<typeof ed25519.Point>) {
  return new Uint8Array(ed25519.utils.toMontgomery(point.toBytes()));
}

function clamp(secret: Uint8Array): bigint {
  const clamped = secret.slice();
  clamped[0]! &= 248;
  clamped[31]! = clamped[31]! & 127 | 64;
  return reduced(clamped);
}

function reduced(bytes: Uint8Array): bigint {
  return fromLittleEndian(bytes) % GROUP_ORDER;
}
