import { assertEquals, assertThrows } from "@std/assert";
import { x25519, x25519PublicKey } from "../../lib/crypto/x25519.ts";
import {
  expandSharedSecret,
  payloadKeyMaterial,
  payloadKeyOf,
} from "../../lib/sphinx/hop_keys.ts";
import { SPHINX_VERSION } from "../../lib/sphinx/version.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { hex, unhex } from "../support/hex.ts";
import { golden } from "./fixtures.ts";

await cryptoReady();

const { expansion } = golden;

Deno.test("expandSharedSecret() gives the golden values of nymtech/sphinx, src/header/shared_secret.rs", () => {
  const shared = x25519(
    unhex(expansion.secret2),
    x25519PublicKey(unhex(expansion.secret1)),
  );
  assertEquals(hex(shared), expansion.sharedSecret);
  const keys = expandSharedSecret(shared);
  assertEquals(hex(keys.streamKey), expansion.streamKey);
  assertEquals(hex(keys.macKey), expansion.macKey);
  assertEquals(hex(keys.payloadKey), expansion.payloadKey);
  assertEquals(hex(keys.blinding), expansion.blinding);
  assertEquals(hex(keys.replayTag), expansion.replayTag);
  assertEquals(hex(keys.payloadKeySeed), expansion.payloadKeySeed);
});

Deno.test("payloadKeyOf() derives a seed's key and returns a full key", () => {
  const keys = expandSharedSecret(unhex(expansion.sharedSecret));
  const seed = payloadKeyMaterial(keys, SPHINX_VERSION.seeds);
  assertEquals(hex(payloadKeyOf(seed)), expansion.seedPayloadKey);
  const full = payloadKeyMaterial(keys, SPHINX_VERSION.explicitKeys);
  assertEquals(hex(payloadKeyOf(full)), expansion.payloadKey);
});

Deno.test("payloadKeyMaterial() is the full key up to 258 and the seed for all others", () => {
  const keys = expandSharedSecret(unhex(expansion.sharedSecret));
  for (const version of [1, 257, 258]) {
    assertEquals(payloadKeyMaterial(keys, version).length, 192);
  }
  for (const version of [0, 2, 259, 260, 0xffff]) {
    assertEquals(payloadKeyMaterial(keys, version).length, 16);
  }
});

Deno.test("payloadKeyOf() refuses other lengths", () => {
  for (const length of [0, 15, 17, 191, 193]) {
    assertThrows(() => payloadKeyOf(new Uint8Array(length)), RangeError);
  }
});
