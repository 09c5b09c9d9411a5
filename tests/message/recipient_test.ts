import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { EXIT } from "../../lib/errors.ts";
import { generateEd25519 } from "../../lib/crypto/ed25519.ts";
import { AddressError } from "../../lib/message/address_error.ts";
import {
  decodeRecipient,
  encodeRecipient,
  formatRecipient,
  parseRecipient,
  sameRecipient,
} from "../../lib/message/recipient.ts";
import { hex, unhex } from "../support/hex.ts";
import { seededRandom } from "../support/seeded_random.ts";

/** The recipient in the tests of nymtech/nym, `common/nymsphinx/addressing/src/clients.rs`. */
const GOLDEN = unhex(`
  43058492 03ec7459 fe39839f 45b537d0 0c6c8853 3a4cabc3 1f625c40 44359cb8
  64bd4903 ee679c6c 7cc72a4f ac6251b1 b664a7a4 4ab7c7d5 a2ad6670 1e9f9442
  2c4be6b6 8a72aaa3 d152cc64 765b3996 d4939787 9410d5df b6a4f225 284989e4`);

/** An address that the official client 1.4.1 printed, and its parts. */
const TEXT =
  "22vc65on8x4WQAzYtTCipbiGfEeWBPDWWPBYWaEftWEn.EJzreccUGXsPgRHifQFtWHYhWcxs47Ser61mqbk2iW2S@3npPXNFnXjpgUvu9QahC5XBZcemoKJy621rutG9GazpM";
const IDENTITY =
  "0f59e109d1876a4d5dcc3ae8ce57c6ebef0317615c6d6a1f5c0ebbd5e422b16b";
const ENCRYPTION =
  "c5c438c7897b1947d6f0bd37fd8da0b8781e7d4729a22d97210cc7a6b64ec13f";

/** 32 bytes that are no point of the curve: y = 2 has no x. */
const NO_POINT = Uint8Array.of(2, ...new Uint8Array(31));

Deno.test("decodeRecipient() reads the published value, which survives every form", () => {
  const recipient = decodeRecipient(GOLDEN);
  assertEquals(encodeRecipient(recipient), GOLDEN);
  assertEquals(parseRecipient(formatRecipient(recipient)), recipient);
});

Deno.test("parseRecipient() reads an address of the official client", () => {
  const recipient = parseRecipient(TEXT);
  assertEquals(hex(recipient.identity), IDENTITY);
  assertEquals(hex(recipient.encryption), ENCRYPTION);
  assertEquals(formatRecipient(recipient), TEXT);
});

Deno.test("decodeRecipient() owns what it returns, also of a view into a larger buffer", () => {
  const larger = new Uint8Array(200).fill(0xff);
  larger.set(GOLDEN, 50);
  const recipient = decodeRecipient(larger.subarray(50, 146));
  larger.fill(0);
  assertEquals(encodeRecipient(recipient), GOLDEN);
});

Deno.test("decodeRecipient() refuses every other length", () => {
  for (let length = 0; length < 96; length++) {
    assertThrows(
      () => decodeRecipient(GOLDEN.subarray(0, length)),
      AddressError,
    );
  }
  assertThrows(
    () => decodeRecipient(new Uint8Array([...GOLDEN, 0])),
    AddressError,
    "need 96 bytes, have 97",
  );
});

Deno.test("decodeRecipient() refuses Ed25519 keys that are no points and takes any X25519 key", () => {
  const with_ = (offset: number) => {
    const bytes = GOLDEN.slice();
    bytes.set(NO_POINT, offset);
    return bytes;
  };
  assertThrows(() => decodeRecipient(with_(0)), AddressError, "identity key");
  assertThrows(() => decodeRecipient(with_(64)), AddressError, "gateway key");
  assertEquals(decodeRecipient(with_(32)).encryption, NO_POINT);
});

const [I, E, G] = TEXT.split(/[.@]/) as [string, string, string];
const NO_POINT_TEXT = "8opHzTAnfzRpPEx21XtnrVTX28YQuCpAjcn1PczScKh";

const MALFORMED: [text: string, reason: string][] = [
  [
    "",
    "recipient is malformed - the string address does not contain exactly a single '@' character ",
  ],
  [
    `${I}.${E}`,
    "recipient is malformed - the string address does not contain exactly a single '@' character ",
  ],
  [
    `${I}.${E}@${G}@`,
    "recipient is malformed - the string address does not contain exactly a single '@' character ",
  ],
  [
    `${I}@${G}`,
    "recipient is malformed - the string address does not contain exactly a single '.' character ",
  ],
  [
    `${I}.${E}.@${G}`,
    "recipient is malformed - the string address does not contain exactly a single '.' character ",
  ],
  [
    `0${I}.${E}@${G}`,
    "recipient's identity key is malformed: the base58 representation of the public key was malformed - provided string contained invalid character '0' at byte 0",
  ],
  [
    ` ${TEXT}`,
    "recipient's identity key is malformed: the base58 representation of the public key was malformed - provided string contained invalid character ' ' at byte 0",
  ],
  [
    `2ü${I}.${E}@${G}`,
    "recipient's identity key is malformed: the base58 representation of the public key was malformed - provided string contained non-ascii character starting at byte 1",
  ],
  [
    `.${E}@${G}`,
    "recipient's identity key is malformed: could not convert slice to array",
  ],
  [
    `${I}1.${E}@${G}`,
    "recipient's identity key is malformed: could not convert slice to array",
  ],
  [
    `${NO_POINT_TEXT}.${E}@${G}`,
    "recipient's identity key is malformed: signature error: Cannot decompress Edwards point",
  ],
  [
    `${I}.l${E}@${G}`,
    "recipient's encryption key is malformed: the base58 representation of the public key was malformed - provided string contained invalid character 'l' at byte 0",
  ],
  [
    `${I}.111@${G}`,
    "recipient's encryption key is malformed: received public key of invalid size. Got: 3, expected: 32",
  ],
  [
    `${I}.${E}@${G}.x`,
    "recipient gateway's identity key is malformed: the base58 representation of the public key was malformed - provided string contained invalid character '.' at byte 44",
  ],
  [
    `${I}.${E}@111`,
    "recipient gateway's identity key is malformed: could not convert slice to array",
  ],
  [
    `${I}.${E}@${NO_POINT_TEXT}`,
    "recipient gateway's identity key is malformed: signature error: Cannot decompress Edwards point",
  ],
];

for (const [text, reason] of MALFORMED) {
  Deno.test(`parseRecipient() answers as native clients do, ${JSON.stringify(text)}`, () => {
    const error = assertThrows(() => parseRecipient(text), AddressError);
    assertEquals(error.reason, reason);
    assertEquals(error.exitCode, EXIT.address);
    assert(error.hint);
  });
}

Deno.test("parseRecipient() refuses every prefix of an address", () => {
  for (let length = 0; length < TEXT.length - 1; length++) {
    assertThrows(() => parseRecipient(TEXT.slice(0, length)), AddressError);
  }
});

Deno.test("parseRecipient() refuses a megabyte of digits without decoding it", () => {
  const error = assertThrows(
    () => parseRecipient(`${I}.${"z".repeat(1 << 20)}@${G}`),
    AddressError,
  );
  assert(error.reason.includes("received public key of invalid size"));
});

Deno.test("parseRecipient() gives back what formatRecipient() wrote, any keys", () => {
  fc.assert(
    fc.property(fc.nat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (
      seed,
      encryption,
    ) => {
      const random = seededRandom(seed);
      const recipient = {
        identity: generateEd25519(random).public,
        encryption: encryption.slice(),
        gateway: generateEd25519(random).public,
      };
      const text = formatRecipient(recipient);
      assert(text.length <= 134);
      assertEquals(parseRecipient(text), recipient);
      assertEquals(decodeRecipient(encodeRecipient(recipient)), recipient);
    }),
    { numRuns: 30 },
  );
});

Deno.test("sameRecipient() compares all three parts", () => {
  const a = parseRecipient(TEXT);
  assert(sameRecipient(a, parseRecipient(TEXT)));
  for (const part of ["identity", "encryption", "gateway"] as const) {
    assert(!sameRecipient(a, { ...a, [part]: NO_POINT }), part);
  }
});
