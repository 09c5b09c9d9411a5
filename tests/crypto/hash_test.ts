import { assertEquals } from "@std/assert";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { blake3 } from "../../lib/crypto/blake3.ts";
import { hmacSha256, hmacSha256Native } from "../../lib/crypto/hmac.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { hex, unhex } from "../support/hex.ts";

await cryptoReady();

Deno.test("hmacSha256() of both kinds equals a third implementation", () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 100 });
  const message = fc.uint8Array({ maxLength: 500 });
  fc.assert(fc.property(key, message, (key, message) => {
    const expected = hex(hmac(sha256, key, message));
    assertEquals(hex(hmacSha256(key, message)), expected);
    assertEquals(hex(hmacSha256Native(key, message)), expected);
  }));
});

Deno.test("blake3() gives the digests of reply keys", () => {
  for (
    const [key, digest] of [
      [
        "42".repeat(16),
        "a1c1d9a33b8870aa7f571b6fa60ab31f667aa28b219a49ba4907e3d7cac90dfa",
      ],
      [
        "1e0dd0e4edc43b55ebfa160590cba3b8",
        "17fd594b6fc8fe8bd5bffeb6a53ab02078d0f79f9600882a4141ce319cf668bd",
      ],
      [
        "5f4c193f73ab29d1baf1299ed92b0629",
        "79a762885b69ae32a74f16711c8a7d56c6f18deb6aa41dbd81859dba55091e41",
      ],
    ]
  ) {
    assertEquals(hex(blake3(unhex(key!))), digest);
  }
});

Deno.test("blake3() of nothing is the published digest", () => {
  assertEquals(
    hex(blake3(new Uint8Array(0))),
    "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
  );
});
