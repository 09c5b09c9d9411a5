import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeBase58, encodeBase58 } from "../../lib/bytes/base58.ts";
import { DecodeError } from "../../lib/errors.ts";
import { unhex } from "../support/hex.ts";

Deno.test("encodeBase58() and decodeBase58() agree with known values", () => {
  const pairs: [string, string][] = [
    ["", ""],
    ["00", "1"],
    ["00".repeat(32), "1".repeat(32)],
    ["08".repeat(16), "zXExeyvPEHUk9rjXTu78T"],
    ["2a".repeat(16), "6CzGHguLGCk1f416kwDZB7"],
    ["02" + "00".repeat(31), "8opHzTAnfzRpPEx21XtnrVTX28YQuCpAjcn1PczScKh"],
  ];
  for (const [digits, text] of pairs) {
    assertEquals(encodeBase58(unhex(digits)), text);
    assertEquals(decodeBase58(text), unhex(digits));
  }
});

Deno.test("decodeBase58() undoes encodeBase58() for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    assertEquals(
      decodeBase58(encodeBase58(bytes), { length: bytes.length }),
      new Uint8Array(bytes),
    );
  }));
});

Deno.test("decodeBase58() refuses foreign characters", () => {
  for (const text of ["0", "O", "l", "I", " 2", "é"]) {
    assertThrows(() => decodeBase58(text), DecodeError, "not base58");
  }
});

Deno.test("decodeBase58() names what has another length", () => {
  assertThrows(
    () => decodeBase58("11", { title: "sender tag", length: 16 }),
    DecodeError,
    "Cannot decode sender tag: need 16 bytes, have 2",
  );
});

Deno.test("decodeBase58() refuses text that cannot fit before decoding it", () => {
  assertThrows(
    () => decodeBase58("2".repeat(1e6), { length: 32 }),
    DecodeError,
    "1000000 characters",
  );
  assertEquals(
    decodeBase58(encodeBase58(new Uint8Array(96).fill(255)), { length: 96 })
      .length,
    96,
  );
});
