import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { EXIT } from "../../lib/errors.ts";
import { AddressError } from "../../lib/message/address_error.ts";
import {
  formatSenderTag,
  newSenderTag,
  parseSenderTag,
  senderTag,
} from "../../lib/message/sender_tag.ts";
import { unhex } from "../support/hex.ts";
import { seededRandom } from "../support/seeded_random.ts";

Deno.test("senderTag() takes 16 bytes, and copies them", () => {
  const bytes = unhex("a774e8c88913ef4c145a339dddeb42e3");
  const tag = senderTag(bytes);
  bytes.fill(0);
  assertEquals(tag[0], 0xa7);
  for (const length of [0, 15, 17]) {
    assertThrows(() => senderTag(new Uint8Array(length)), AddressError);
  }
});

Deno.test("newSenderTag() draws 16 bytes", () => {
  assertEquals(newSenderTag(seededRandom(1)), seededRandom(1)(16));
});

Deno.test("parseSenderTag() gives back what formatSenderTag() wrote, any tag", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = formatSenderTag(senderTag(bytes));
      assert(text.length >= 16 && text.length <= 22);
      assertEquals(parseSenderTag(text), senderTag(bytes));
    }),
  );
});

const MALFORMED: [text: string, reason: string][] = [
  ["", "Decoded AnonymousSenderTag has invalid length. Expected 16, but got 0"],
  [
    "1".repeat(17),
    "Decoded AnonymousSenderTag has invalid length. Expected 16, but got 17",
  ],
  [
    "1O",
    "Failed to decode the base58-encoded string - provided string contained invalid character 'O' at byte 1",
  ],
  [
    "1\n",
    "Failed to decode the base58-encoded string - provided string contained invalid character '\\n' at byte 1",
  ],
  [
    "1'",
    "Failed to decode the base58-encoded string - provided string contained invalid character '\\'' at byte 1",
  ],
  [
    '"',
    "Failed to decode the base58-encoded string - provided string contained invalid character '\"' at byte 0",
  ],
  [
    "é",
    "Failed to decode the base58-encoded string - provided string contained non-ascii character starting at byte 0",
  ],
];

for (const [text, reason] of MALFORMED) {
  Deno.test(`parseSenderTag() answers as native clients do, ${JSON.stringify(text)}`, () => {
    const error = assertThrows(() => parseSenderTag(text), AddressError);
    assertEquals(error.reason, reason);
    assertEquals(error.exitCode, EXIT.address);
  });
}

Deno.test("parseSenderTag() refuses an address, whose text is much longer", () => {
  assertThrows(() => parseSenderTag("z".repeat(134)), AddressError);
});
