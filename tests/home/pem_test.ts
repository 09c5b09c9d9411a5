import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../lib/errors.ts";
import { decodePem, encodePem } from "../../lib/home/pem.ts";
import { count } from "./support.ts";

const LABEL = "ED25519 PRIVATE KEY";
const TEXT =
  "-----BEGIN ED25519 PRIVATE KEY-----\r\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n-----END ED25519 PRIVATE KEY-----\r\n";

Deno.test("encodePem() writes what the official client writes", () => {
  assertEquals(encodePem(LABEL, count(0, 32)), TEXT);
});

Deno.test("encodePem() breaks lines after 64 digits", () => {
  assertEquals(encodePem("X", count(0, 49)).split("\r\n").slice(1, 3), [
    count(0, 48).toBase64(),
    count(48, 1).toBase64(),
  ]);
});

Deno.test.each([
  ["LF line ends", TEXT.replaceAll("\r\n", "\n")],
  ["text around", `note\n${TEXT}\nmore\n${encodePem("OTHER", count(0, 3))}`],
  [
    "blanks",
    TEXT.replace("-----\r\nA", "----- \t\r\n\r\n A").replace("=\r", "= \t\r"),
  ],
  ["no last line end", TEXT.trimEnd()],
])("decodePem() takes a block with %s", (_, text) => {
  assertEquals(decodePem(text, LABEL, 32), count(0, 32));
});

Deno.test.each([
  ["nothing", "", "no"],
  ["no end", TEXT.slice(0, -30), "no"],
  ["another label", encodePem("X25519 PRIVATE KEY", count(0, 32)), "need"],
  ["labels that differ", TEXT.replace("END ED", "END AD"), "ends as"],
  ["digits missing", TEXT.replace("AAEC", ""), "need 32 bytes, have 29"],
  ["no padding", TEXT.replace("=", ""), "not base64"],
  ["blanks inside", TEXT.replace("AAEC", "AA EC"), "blanks"],
  ["other digits", TEXT.replace("AAEC", "AA-C"), "not base64"],
])("decodePem() refuses %s", (_, text, message) => {
  assertThrows(() => decodePem(text, LABEL, 32), DecodeError, message);
});

Deno.test("decodePem() reads what encodePem() wrote", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    const text = encodePem("ANY", bytes);
    assertEquals(decodePem(text, "ANY", bytes.length), new Uint8Array(bytes));
  }));
});

Deno.test("decodePem() throws nothing but DecodeError", () => {
  const pieces = fc.constantFrom(
    "-----",
    "BEGIN ",
    "END ",
    LABEL,
    "AAEC",
    "\n",
    "=",
    " ",
  );
  fc.assert(fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
    try {
      decodePem(parts.join(""), LABEL, 3);
    } catch (error) {
      assert(error instanceof DecodeError);
    }
  }));
});
