import { assertEquals, assertThrows } from "@std/assert";
import { x25519 as noble } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import {
  ephemeralPublicKey,
  generateX25519,
  x25519,
  x25519PublicKey,
} from "../../lib/crypto/x25519.ts";
import { CryptoError } from "../../lib/errors.ts";
import { hex, unhex } from "../support/hex.ts";
import { seededRandom } from "../support/seeded_random.ts";

await cryptoReady();

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

Deno.test("x25519() gives the vectors of RFC 7748 §5.2", () => {
  const vectors = [
    [
      "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ],
    [
      "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
      "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
      "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ],
  ];
  for (const [scalar, u, result] of vectors) {
    assertEquals(hex(x25519(unhex(scalar!), unhex(u!))), result);
  }
});

Deno.test("x25519() agrees from both sides", () => {
  const random = seededRandom(1);
  const [alice, bob] = [generateX25519(random), generateX25519(random)];
  assertEquals(
    x25519(alice.secret, bob.public),
    x25519(bob.secret, alice.public),
  );
});

Deno.test("x25519() and x25519PublicKey() equal a second implementation, any secret and point", () => {
  const property = fc.property(bytes32, bytes32, (secret, point) => {
    assertEquals(
      hex(x25519PublicKey(secret)),
      hex(noble.getPublicKey(secret)),
    );
    assertEquals(hex(ephemeralPublicKey(secret)), hex(x25519PublicKey(secret)));
    assertEquals(
      hex(x25519(secret, point)),
      hex(noble.scalarMult(secret, point)),
    );
  });
  fc.assert(property, { numRuns: 50 });
});

Deno.test("generateX25519() takes 32 bytes and keeps them as drawn", () => {
  const pair = generateX25519(seededRandom(3));
  assertEquals(pair.secret, seededRandom(3)(32));
  assertEquals(pair.public, x25519PublicKey(pair.secret));
});

Deno.test("x25519() refuses points of small order", () => {
  const secret = seededRandom(4)(32);
  const smallOrder = [
    "00".repeat(32),
    "01".padEnd(64, "0"),
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  ];
  for (const point of smallOrder) {
    assertThrows(() => x25519(secret, unhex(point)), CryptoError);
  }
});

Deno.test("x25519() refuses keys of other lengths", () => {
  const key = seededRandom(5)(32);
  for (const length of [0, 31, 33]) {
    const wrong = new Uint8Array(length);
    assertThrows(() => x25519(wrong, key), RangeError);
    assertThrows(() => x25519(key, wrong), RangeError);
    assertThrows(() => x25519PublicKey(wrong), RangeError);
  }
});

Deno.test("x25519() goes by what an array holds now, not by what it held before", () => {
  const [alice, bob, carol] = [1, 2, 3].map((n) =>
    generateX25519(() => new Uint8Array(32).fill(n))
  );
  const array = bob!.public.slice();
  const withBob = x25519(alice!.secret, array);
  assertEquals(withBob, x25519(bob!.secret, alice!.public));
  array.set(carol!.public);
  assertEquals(
    x25519(alice!.secret, array),
    x25519(carol!.secret, alice!.public),
  );
});
