import { assertEquals, assertThrows } from "@std/assert";
import { ByteReader } from "../../lib/bytes/reader.ts";
import { ByteWriter } from "../../lib/bytes/writer.ts";
import { DecodeError } from "../../lib/errors.ts";
import { hex, unhex } from "../support/hex.ts";

const ENCODED = "01" + "0203" + "04050607" + "08090a0b0c0d0e0f" + "aabb" +
  "0000";

Deno.test("ByteWriter writes big-endian fields in order", () => {
  const bytes = new ByteWriter(19).u8(1).u16(0x0203).u32(0x04050607).u64(
    0x08090a0b0c0d0e0fn,
  )
    .bytes(unhex("aabb")).zeros(2).done();
  assertEquals(hex(bytes), ENCODED);
});

Deno.test("ByteWriter done() refuses an array that is not full", () => {
  assertThrows(
    () => new ByteWriter(2).u8(1).done(),
    RangeError,
    "1 bytes written of 2",
  );
});

Deno.test("ByteReader reads the same fields from a view into a larger buffer", () => {
  const reader = new ByteReader(
    unhex("ffff" + ENCODED + "ff").subarray(2, 21),
    "sample",
  );
  assertEquals(reader.u8("a"), 1);
  assertEquals(reader.u16("b"), 0x0203);
  assertEquals(reader.u32("c"), 0x04050607);
  assertEquals(reader.u64("d"), 0x08090a0b0c0d0e0fn);
  assertEquals(hex(reader.bytes(2, "e")), "aabb");
  assertEquals([reader.offset, reader.remaining], [17, 2]);
  assertEquals(reader.rest().length, 2);
  reader.end();
});

Deno.test("ByteReader names the field that a short input lacks", () => {
  const reader = new ByteReader(unhex("010203"), "queue length");
  reader.u8("tag");
  assertThrows(
    () => reader.u64("lane"),
    DecodeError,
    "Cannot decode queue length: lane at offset 1: need 8 bytes, have 2",
  );
});

Deno.test("ByteReader end() refuses leftovers", () => {
  assertThrows(
    () => new ByteReader(unhex("01"), "nothing").end(),
    DecodeError,
    "1 bytes too many",
  );
});

Deno.test("ByteReader length64() promises nothing that is not there", () => {
  assertEquals(
    new ByteReader(unhex("000000000000000205 06"), "x").length64("length"),
    2,
  );
  assertThrows(
    () => new ByteReader(unhex("ffffffffffffffff05"), "x").length64("length"),
    DecodeError,
    "length is 18446744073709551615, have 1 bytes",
  );
});

Deno.test("ByteReader copies what it hands out", () => {
  const source = unhex("0102");
  const copy = new ByteReader(source, "x").bytes(2, "field");
  source[0] = 9;
  assertEquals(hex(copy), "0102");
});
