import { assertEquals, assertThrows } from "@std/assert";
import { gcmsiv } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { openGcmSiv, sealGcmSiv } from "../../lib/crypto/aes_gcm_siv.ts";
import { CryptoError } from "../../lib/errors.ts";
import { hex, unhex } from "../support/hex.ts";
import { seededRandom } from "../support/seeded_random.ts";

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

Deno.test("sealGcmSiv() counts past the end of its 32 bits, RFC 8452, appendix C.3", () => {
  const zeros = "0".repeat(64);
  for (
    const [plain, sealed] of [
      [
        "000000000000000000000000000000004db923dc793ee6497c76dcc03a98e108",
        "f3f80f2cf0cb2dd9c5984fcda908456cc537703b5ba70324a6793a7bf218d3eaffffffff000000000000000000000000",
      ],
      [
        "eb3640277c7ffd1303c7a542d02d3e4c0000000000000000",
        "18ce4f0b8cb4d0cac65fea8f79257b20888e53e72299e56dffffffff000000000000000000000000",
      ],
    ]
  ) {
    const [key, nonce] = [unhex(zeros), new Uint8Array(12)];
    assertEquals(hex(sealGcmSiv(key, nonce, unhex(plain!))), sealed);
    assertEquals(hex(openGcmSiv(key, nonce, unhex(sealed!))), plain);
  }
});

Deno.test("sealGcmSiv() equals a second implementation, all lengths of packets", () => {
  const bytes = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });
  const plain = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.constantFrom(1675, 2438, 32_790).map(seededRandom(1)),
  );
  const property = fc.property(bytes(32), bytes(12), plain, (key, nonce, p) => {
    const expected = gcmsiv(key, nonce).encrypt(p);
    assertEquals(hex(sealGcmSiv(key, nonce, p)), hex(expected));
    assertEquals(hex(openGcmSiv(key, nonce, expected)), hex(p));
  });
  fc.assert(property, { numRuns: 60 });
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
