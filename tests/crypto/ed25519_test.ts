import { assert, assertEquals, assertThrows } from "@std/assert";
import { ed25519 as noble } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import {
  ed25519PublicKey,
  generateEd25519,
  signEd25519,
  verifyEd25519,
} from "../../lib/crypto/ed25519.ts";
import { hex, unhex } from "../support/hex.ts";
import { seededRandom } from "../support/seeded_random.ts";

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const messages = fc.uint8Array({ maxLength: 300 });

Deno.test("signEd25519() gives RFC 8032 §7.1, test 1", () => {
  const seed = unhex(
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
  );
  assertEquals(
    hex(ed25519PublicKey(seed)),
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  );
  const signature = signEd25519(seed, new Uint8Array(0));
  assertEquals(
    hex(signature),
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155" +
      "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
});

Deno.test("signEd25519() and verifyEd25519() agree with a second implementation", () => {
  const property = fc.property(seeds, messages, (seed, message) => {
    const publicKey = ed25519PublicKey(seed);
    assertEquals(hex(publicKey), hex(noble.getPublicKey(seed)));
    const signature = signEd25519(seed, message);
    assertEquals(hex(signature), hex(noble.sign(message, seed)));
    assert(verifyEd25519(publicKey, message, signature));
  });
  fc.assert(property, { numRuns: 25 });
});

Deno.test("verifyEd25519() refuses another message, key or signature", () => {
  const pair = generateEd25519(seededRandom(1));
  const other = generateEd25519(seededRandom(2));
  const message = Uint8Array.of(1, 2, 3);
  const signature = signEd25519(pair.secret, message);
  assert(verifyEd25519(pair.public, message, signature));
  assert(!verifyEd25519(pair.public, Uint8Array.of(1, 2, 4), signature));
  assert(!verifyEd25519(other.public, message, signature));
  for (const at of [0, 31, 32, 63]) {
    const changed = signature.slice();
    changed[at]! ^= 1;
    assert(!verifyEd25519(pair.public, message, changed));
  }
});

Deno.test("verifyEd25519() is false for keys and signatures of no shape", () => {
  const pair = generateEd25519(seededRandom(1));
  const message = Uint8Array.of(1);
  const signature = signEd25519(pair.secret, message);
  for (const length of [0, 31, 33]) {
    assert(!verifyEd25519(new Uint8Array(length), message, signature));
  }
  for (const length of [0, 63, 65]) {
    assert(!verifyEd25519(pair.public, message, new Uint8Array(length)));
  }
  assert(!verifyEd25519(new Uint8Array(32).fill(2), message, signature));
});

Deno.test("ed25519PublicKey() refuses seeds of other lengths", () => {
  assertThrows(() => ed25519PublicKey(new Uint8Array(64)), RangeError);
});
