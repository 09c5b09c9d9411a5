import { assertEquals } from "@std/assert";
import { blake3 } from "@noble/hashes/blake3.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { hkdfBlake3, hkdfSha256 } from "../../lib/crypto/hkdf.ts";
import { x25519, x25519PublicKey } from "../../lib/crypto/x25519.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { hex, unhex } from "../support/hex.ts";

await cryptoReady();

const short = fc.uint8Array({ maxLength: 100 });

Deno.test("hkdfSha256() gives RFC 5869, appendix A.1", () => {
  const okm = hkdfSha256(
    unhex("0b".repeat(22)),
    unhex("000102030405060708090a0b0c"),
    unhex("f0f1f2f3f4f5f6f7f8f9"),
    42,
  );
  assertEquals(
    hex(okm),
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  );
});

Deno.test("hkdfSha256() equals a second implementation", () => {
  const lengths = fc.integer({ min: 1, max: 400 });
  const property = fc.property(
    short,
    short,
    short,
    lengths,
    (ikm, salt, info, length) => {
      assertEquals(
        hex(hkdfSha256(ikm, salt, info, length)),
        hex(hkdf(sha256, ikm, salt, info, length)),
      );
    },
  );
  fc.assert(property);
});

Deno.test("hkdfBlake3() gives the end-to-end key of messages §15", () => {
  const ephemeral = x25519PublicKey(new Uint8Array(32).fill(1));
  assertEquals(
    hex(ephemeral),
    "a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b4409f8a209",
  );
  const dh = x25519(new Uint8Array(32).fill(2), ephemeral);
  assertEquals(
    hex(dh),
    "2ed76ab549b1e73c031eb49c9448f0798aea81b698279a0c3dc3e49fbfc4b953",
  );
  assertEquals(
    hex(hkdfBlake3(dh, undefined, 16)),
    "7ef6e46e7f0c2ebcb286f84e6a3ed702",
  );
});

Deno.test("hkdfBlake3() gives the keys of packets that the official client sent", () => {
  for (
    const [dh, key] of [
      [
        "820c3caad5e2e7f8101221a68b587f5dbb6757cff8d8c1f862d9bc84c65af45c",
        "6ce00814ee436a3c0971e006ab4f9d3e",
      ],
      [
        "95c5a4dcc4b18fab08514669c58f35e535b325ec555068581076c09021d27337",
        "b0689f1a559d304e4bc612b1f4d75110",
      ],
    ]
  ) {
    assertEquals(hex(hkdfBlake3(unhex(dh!), undefined, 16)), key);
  }
});

Deno.test("hkdfBlake3() is extract and expand with HMAC-BLAKE3, salted or not", () => {
  fc.assert(fc.property(short, short, (ikm, salt) => {
    const one = hmac(blake3, hmac(blake3, salt, ikm), Uint8Array.of(1));
    assertEquals(hex(hkdfBlake3(ikm, salt, 32)), hex(one));
    const unsalted = hkdfBlake3(ikm, undefined, 32);
    assertEquals(unsalted, hkdfBlake3(ikm, new Uint8Array(32), 32));
  }));
});
