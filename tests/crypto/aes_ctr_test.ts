import { assertEquals } from "@std/assert";
import { ctr } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { aesCtr, aesCtrZero } from "../../lib/crypto/aes_ctr.ts";
import { hex, unhex } from "../support/hex.ts";

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const data = fc.uint8Array({ maxLength: 5000 });

Deno.test("aesCtr() gives the ack identifiers of messages §15", () => {
  const key = new Uint8Array(16).fill(0x24);
  const iv = new Uint8Array(16).fill(0x99);
  assertEquals(hex(aesCtr(key, iv, unhex("0000303907"))), "6159add051");
  assertEquals(hex(aesCtr(key, iv, unhex("0000000000"))), "61599de956");
});

Deno.test("aesCtr() decrypts the captured acks", () => {
  const key = unhex("171379a11f936cdade4d33c47b61efef");
  for (
    const [iv, sealed, id] of [
      ["32f8c7f185a6b127374081137cce099f", "55a56c30a1", "1d4dcd4a01"],
      ["2132843d020f1c13c69cbb1556548708", "ab962076d7", "0000000000"],
    ]
  ) {
    assertEquals(hex(aesCtr(key, unhex(iv!), unhex(sealed!))), id);
  }
});

Deno.test("aesCtr() equals a second implementation and undoes itself", () => {
  fc.assert(fc.property(bytes16, bytes16, data, (key, iv, plain) => {
    const sealed = aesCtr(key, iv, plain);
    assertEquals(hex(sealed), hex(ctr(key, iv).encrypt(plain)));
    assertEquals(hex(aesCtr(key, iv, sealed)), hex(plain));
  }));
});

Deno.test("aesCtrZero() starts at zero", () => {
  fc.assert(fc.property(bytes16, data, (key, plain) => {
    assertEquals(
      aesCtrZero(key, plain),
      aesCtr(key, new Uint8Array(16), plain),
    );
  }));
});
