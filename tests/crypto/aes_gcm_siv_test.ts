import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { openGcmSiv, sealGcmSiv } from "../../lib/crypto/aes_gcm_siv.ts";
import { CryptoError } from "../../lib/errors.ts";
import { hex, unhex } from "../support/hex.ts";

const KEY = new Uint8Array(32).fill(1);
const NONCE = new Uint8Array(12).fill(2);

Deno.test("sealGcmSiv() gives the vectors of RFC 8452, appendix C.2", () => {
  const key = unhex("01".padEnd(64, "0"));
  const nonce = unhex("03".padEnd(24, "0"));
  assertEquals(
    hex(sealGcmSiv(key, nonce, new Uint8Array(0))),
    "07f5f4169bbf55a8400cd47ea6fd400f",
  );
  assertEquals(
    hex(sealGcmSiv(key, nonce, unhex("0100000000000000"))),
    "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28",
  );
});

Deno.test("openGcmSiv() gives back what was sealed", () => {
  const bytes = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });
  const plain = fc.uint8Array({ maxLength: 500 });
  const property = fc.property(bytes(32), bytes(12), plain, (key, nonce, p) => {
    const sealed = sealGcmSiv(key, nonce, p);
    assertEquals(sealed.length, p.length + 16);
    assertEquals(hex(openGcmSiv(key, nonce, sealed)), hex(p));
  });
  fc.assert(property, { numRuns: 50 });
});

Deno.test("openGcmSiv() refuses another key, another nonce and any flipped bit", () => {
  const sealed = sealGcmSiv(KEY, NONCE, Uint8Array.of(1, 2, 3));
  assertThrows(() => openGcmSiv(NONCE_KEY, NONCE, sealed), CryptoError);
  assertThrows(
    () => openGcmSiv(KEY, new Uint8Array(12), sealed),
    CryptoError,
  );
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = sealed.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assertThrows(() => openGcmSiv(KEY, NONCE, changed), CryptoError);
  }
});

Deno.test("openGcmSiv() refuses what is shorter than a tag", () => {
  for (const length of [0, 1, 15]) {
    assertThrows(
      () => openGcmSiv(KEY, NONCE, new Uint8Array(length)),
      CryptoError,
    );
  }
});

const NONCE_KEY = new Uint8Array(32).fill(2);
