import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { concat } from "../../lib/bytes/concat.ts";
import { generateX25519, x25519PublicKey } from "../../lib/crypto/x25519.ts";
import { CryptoError, DecodeError } from "../../lib/errors.ts";
import {
  openFragment,
  openReply,
  replyKeyDigest,
  sealFragment,
  sealReply,
} from "../../lib/message/encryption.ts";
import { hex, unhex } from "../support/hex.ts";
import { recordedRandom } from "../support/recorded_random.ts";
import { seededRandom } from "../support/seeded_random.ts";

const SECRET = new Uint8Array(32).fill(2);

function plainFragment(start: string): Uint8Array {
  const fragment = new Uint8Array(1611);
  fragment.set(unhex(start));
  return fragment;
}

Deno.test("sealFragment() encrypts as the reference calculation does", () => {
  assertEquals(
    hex(x25519PublicKey(SECRET)),
    "ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d59",
  );
  const fragment = plainFragment("80003039 01 01 00 00 6869 01");
  const sealed = sealFragment(
    fragment,
    x25519PublicKey(SECRET),
    recordedRandom(new Uint8Array(32).fill(1)),
  );
  assertEquals(sealed.length, 1643);
  assertEquals(
    hex(sealed.subarray(0, 64)),
    "a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b4409f8a209" +
      "c044e6bf28041748b2106b3e7f4dd615178fe915c3ed704b2af54b203deaffcb",
  );
  assertEquals(openFragment(sealed, SECRET), fragment);
});

Deno.test("openFragment() and sealFragment() agree with the key that the official client used", () => {
  // Of the official client 1.4.1: the ephemeral public key and the fragment, the secret being 32 × 02.
  const ephemeral = unhex(
    "fee01300f865befdb08fbb56f96f6b31a51a66f7dc5f2c4874870554a62ffb2a",
  );
  const fragment = plainFragment(
    `9d4dcd4a 01 01 00 00 ${
      hex(new TextEncoder().encode("hello from 1.4.1"))
    } 01`,
  );
  assertEquals(
    hex(sha256(fragment)),
    "af7b6cef8543512fee20886ec60e74ac558ca9a630ade858cb9719f187fdcfda",
  );
  const key = unhex("6ce00814ee436a3c0971e006ab4f9d3e");
  const ciphertext = sealReply(fragment, key).slice(32);
  assertEquals(openFragment(concat(ephemeral, ciphertext), SECRET), fragment);
});

Deno.test("replyKeyDigest() is BLAKE3", () => {
  for (
    const [key, digest] of [
      [
        "42".repeat(16),
        "a1c1d9a33b8870aa7f571b6fa60ab31f667aa28b219a49ba4907e3d7cac90dfa",
      ],
      // Seen at the official client 1.4.1.
      [
        "1e0dd0e4edc43b55ebfa160590cba3b8",
        "17fd594b6fc8fe8bd5bffeb6a53ab02078d0f79f9600882a4141ce319cf668bd",
      ],
    ] as const
  ) {
    assertEquals(hex(replyKeyDigest(unhex(key))), digest);
  }
});

Deno.test("openFragment() and openReply() undo what was sealed, any length", () => {
  fc.assert(
    fc.property(fc.nat(), fc.uint8Array({ maxLength: 2000 }), (seed, text) => {
      const random = seededRandom(seed);
      const { secret, public: recipient } = generateX25519(random);
      const sealed = sealFragment(text, recipient, random);
      assertEquals(sealed.length, 32 + text.length);
      assertEquals(openFragment(sealed, secret), text.slice());
      const key = random(16);
      const reply = sealReply(text, key);
      assertEquals(reply.subarray(0, 32), replyKeyDigest(key));
      assertEquals(openReply(reply, key), text.slice());
    }),
    { numRuns: 30 },
  );
});

Deno.test("sealFragment() uses another key each time", () => {
  const random = seededRandom(1);
  const fragment = new Uint8Array(100);
  const recipient = x25519PublicKey(SECRET);
  assertNotEquals(
    sealFragment(fragment, recipient, random),
    sealFragment(fragment, recipient, random),
  );
});

Deno.test("openFragment() and openReply() refuse what is shorter than a key", () => {
  for (let length = 0; length < 32; length++) {
    const bytes = new Uint8Array(length).fill(9);
    assertThrows(() => openFragment(bytes, SECRET), DecodeError);
    assertThrows(() => openReply(bytes, new Uint8Array(16)), DecodeError);
  }
});

Deno.test("sealFragment() and openFragment() refuse points of small order", () => {
  const zero = new Uint8Array(32);
  assertThrows(
    () => sealFragment(new Uint8Array(1), zero, seededRandom(1)),
    CryptoError,
  );
  assertThrows(() => openFragment(zero, SECRET), CryptoError);
});
