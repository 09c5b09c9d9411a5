import { assert, assertEquals, assertThrows } from "@std/assert";
import { chacha20 } from "@noble/ciphers/chacha.js";
import { blake2b } from "@noble/hashes/blake2.js";
import fc from "fast-check";
import type { Bytes } from "../../lib/bytes/brand.ts";
import { concat } from "../../lib/bytes/concat.ts";
import { lionessDecrypt, lionessEncrypt } from "../../lib/crypto/lioness.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import golden from "../fixtures/sphinx/golden_values.json" with {
  type: "json",
};
import { hex, unhex } from "../support/hex.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { xor } from "../support/xor.ts";

await cryptoReady();

const keys = fc.uint8Array({ minLength: 192, maxLength: 192 });

Deno.test("lionessEncrypt() gives the vector of the lioness crates", () => {
  const { key, input, outputBegins, outputEnds } = golden.lioness;
  const output = lionessEncrypt([unhex(key)], unhex(input));
  assert(hex(output).startsWith(outputBegins));
  assert(hex(output).endsWith(outputEnds));
  assertEquals(hex(lionessDecrypt(unhex(key), output)), input);
});

Deno.test("lionessEncrypt() gives the check named in the sphinx tests", async () => {
  const key = new Uint8Array(192).fill(0x2a);
  const output = lionessEncrypt([key], new Uint8Array(1000).fill(0x45));
  assert(
    hex(output).startsWith(
      "c4e5a5b24745f833044528961333a3d5029d0a9a408a98824a4bd1a79f8067cf",
    ),
  );
  const digest = await crypto.subtle.digest("SHA-256", output);
  assertEquals(
    hex(new Uint8Array(digest)),
    "f80bb7c093385de9c99bfc610d4750df1b7ed8da92bc10f57a8ca1359b359b94",
  );
});

Deno.test("lionessEncrypt() equals a second implementation, all block lengths", () => {
  const blocks = fc.oneof(
    fc.uint8Array({ minLength: 33, maxLength: 300 }),
    fc.constantFrom(38, 2065, 8209, 16401, 32785).map(seededRandom(1)),
  );
  const property = fc.property(keys, blocks, (key, block) => {
    const expected = referenceEncrypt(key, block);
    assertEquals(hex(lionessEncrypt([key], block)), hex(expected));
    assertEquals(hex(lionessDecrypt(key, expected)), hex(block));
  });
  fc.assert(property, { numRuns: 60 });
});

Deno.test("lionessDecrypt() changes everything for one flipped bit", () => {
  const key = seededRandom(2)(192);
  const block = lionessEncrypt([key], new Uint8Array(100));
  for (let bit = 0; bit < block.length * 8; bit += 7) {
    const changed = block.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const zeros = lionessDecrypt(key, changed).filter((byte) => byte === 0);
    assert(zeros.length < 10);
  }
});

Deno.test("lionessEncrypt() refuses short blocks and other keys", () => {
  const key = new Uint8Array(192);
  for (const length of [0, 31, 32]) {
    const block = new Uint8Array(length);
    assertThrows(() => lionessEncrypt([key], block), RangeError);
    assertThrows(() => lionessDecrypt(key, block), RangeError);
  }
  const block = new Uint8Array(33);
  assertThrows(() => lionessEncrypt([new Uint8Array(191)], block), RangeError);
  assertThrows(() => lionessDecrypt(new Uint8Array(193), block), RangeError);
});

function referenceEncrypt(key: Uint8Array, block: Uint8Array): Bytes {
  const nonce = new Uint8Array(12);
  let left = block.slice(0, 32);
  let right = block.slice(32);
  for (const offset of [0, 96]) {
    const stream = xor(left, key.subarray(offset, offset + 32));
    right = chacha20(stream, nonce, right);
    const hash = blake2b(right, {
      key: key.subarray(offset + 32, offset + 96),
      dkLen: 32,
    });
    left = xor(left, hash);
  }
  return concat(left, right);
}
