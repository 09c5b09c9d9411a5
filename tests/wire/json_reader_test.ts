import { assert, assertEquals, assertThrows } from "@std/assert";
import { DecodeError, EXIT } from "../../lib/errors.ts";
import { JsonReader } from "../../lib/wire/json_reader.ts";

const TITLE = { title: "thing" };

function reader(value: unknown): JsonReader {
  return new JsonReader(value, TITLE);
}

function assertRefused(read: () => unknown, message: string): void {
  assertEquals(
    assertThrows(read, DecodeError).message,
    `Cannot decode thing: ${message}`,
  );
}

Deno.test("JsonReader.parse() refuses long text and what is no JSON, without quoting it", () => {
  const options = { ...TITLE, maxLength: 10 };
  assertEquals(JsonReader.parse('{"a":1}', options).field("a").integer(), 1);
  assertRefused(
    () => JsonReader.parse("[1,2,3,4,5]", options),
    "need at most 10 characters, have 11",
  );
  assertRefused(
    () => JsonReader.parse('"secret', options),
    "need JSON, have something else",
  );
});

Deno.test("JsonReader names the key path", () => {
  const top = reader({ a: [{}, { b: "no" }] });
  assertRefused(
    () => top.field("a").array(2)[1]!.field("b").integer(1, 9),
    "a[1].b: need an integer from 1 to 9, have a string",
  );
  assertRefused(() => top.field("c"), "c: missing");
  assertRefused(() => reader([]).field("c"), "need an object, have an array");
});

Deno.test("JsonReader sees own members only", () => {
  assertRefused(() => reader({}).field("constructor"), "constructor: missing");
  assertEquals(reader({}).optional("toString"), undefined);
});

Deno.test("JsonReader.optional() takes null for missing", () => {
  assertEquals(reader({ a: null }).optional("a"), undefined);
  assertEquals(reader({ a: 0 }).optional("a")?.integer(), 0);
});

Deno.test("JsonReader.entries() does not repeat strange keys in errors", () => {
  const [[key, value]] = reader({ "a\u001b[2J": 1 }).entries(1) as [
    [string, JsonReader],
  ];
  assertEquals(key, "a\u001b[2J");
  assertRefused(() => value.string(), "?: need a string, have 1");
  assertRefused(
    () => reader({ a: 1, b: 2 }).entries(1),
    "need at most 1 members, have 2",
  );
});

Deno.test("JsonReader reads scalars within bounds", () => {
  assertEquals(reader("ab").string(2), "ab");
  assert(reader([true]).array(1)[0]!.boolean());
  assertRefused(
    () => reader("abc").string(2),
    "need at most 2 characters, have 3",
  );
  assertRefused(() => reader(0).boolean(), "need a boolean, have 0");
  for (const value of [-1, 0.5, 8, NaN, "1", null]) {
    assertThrows(() => reader(value).integer(0, 7), DecodeError);
  }
});

Deno.test("JsonReader reads bytes in each notation", () => {
  assertEquals(reader([1, 255]).byteArray(2), Uint8Array.of(1, 255));
  assertEquals(reader([1]).byteArray(0, 2), Uint8Array.of(1));
  assertEquals(reader("AQI=").base64(2), Uint8Array.of(1, 2));
  assertEquals(reader("5T").base58(2), Uint8Array.of(1, 2));
  assertRefused(
    () => reader([1, 256]).byteArray(2),
    "[1]: need an integer from 0 to 255, have 256",
  );
  assertRefused(() => reader([1]).byteArray(2), "need 2 bytes, have 1");
  for (
    const text of ["AQI", "AQI= ", "A QI=", "AQJ=", "AQIDBA==", "AQ==", ""]
  ) {
    assertRefused(
      () => reader(text).base64(2),
      "need 2 bytes in base64, have other text",
    );
  }
  for (const text of ["5T11", "l", "", "5 T"]) {
    assertRefused(
      () => reader(text).base58(2),
      "need 2 bytes in base58, have other text",
    );
  }
});

Deno.test("JsonReader hands hint and exit code on", () => {
  const options = { ...TITLE, hint: "Do it", exitCode: EXIT.usage };
  const error = new JsonReader(1, options).error("no");
  assertEquals([error.hint, error.exitCode], ["Do it", EXIT.usage]);
});

Deno.test("oneOf(), onlyKeys() and base64Text() say what would fit", () => {
  const json = new JsonReader({ a: "one", b: "AQI=", c: "?" }, {
    title: "it",
  });
  assertEquals(json.field("a").oneOf(["one", "two"]), "one");
  assertEquals(json.field("b").base64Text(), Uint8Array.of(1, 2));
  for (
    const [read, problem] of [
      [() => json.field("b").oneOf(["one", "two"]), "b: need one of one, two"],
      [() => json.onlyKeys(["a", "b"]), "c: unknown, choose from a, b"],
      [() => json.field("c").base64Text(), "c: need base64, have other text"],
      [() => json.field("b").base64Text(3), "b: need at most 3 characters"],
    ] as const
  ) assertThrows(read, DecodeError, `Cannot decode it: ${problem}`);
});
