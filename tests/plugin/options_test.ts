import { assert, assertEquals, assertThrows } from "@std/assert";
import { DecodeError } from "../../lib/errors.ts";
import {
  applyOptions,
  OptionMismatch,
  readOptionText,
} from "../../lib/plugin/options.ts";
import { readOptionsSchema } from "../../lib/plugin/option_schema.ts";
import { JsonReader } from "../../lib/wire/json_reader.ts";

function schema(value: unknown): ReturnType<typeof readOptionsSchema> {
  return readOptionsSchema(new JsonReader(value, { title: "schema" }));
}

const ALL = schema({
  properties: {
    text: { type: "string", minLength: 1, maxLength: 3, default: "abc" },
    count: { type: "integer", minimum: 1, maximum: 5 },
    share: { type: "number", minimum: 0 },
    loud: { type: "boolean", default: false },
    level: { type: "string", enum: ["low", "high"] },
    hosts: { type: "array", items: { type: "string" }, maxItems: 2 },
    nested: {
      type: "object",
      properties: { inner: { type: "integer", default: 3 } },
      required: ["inner"],
    },
    free: { type: "object", additionalProperties: { type: "string" } },
  },
  required: ["count"],
});

Deno.test("applyOptions() fills in defaults and keeps what fits", () => {
  assertEquals(applyOptions(ALL, { count: 2, nested: {}, free: { a: "b" } }), {
    count: 2,
    nested: { inner: 3 },
    free: { a: "b" },
    text: "abc",
    loud: false,
  });
});

Deno.test("applyOptions() names the option, what it needs and what it has", () => {
  const cases: [Record<string, unknown>, string][] = [
    [{}, "count: missing"],
    [{ count: 9 }, "count: need 1 to 5, have 9"],
    [{ count: 1.5 }, "count: need a integer, have 1.5"],
    [{ count: "1" }, 'count: need a integer, have "1"'],
    [{ count: 1, text: "" }, "text: characters: need 1 to 3, have 0"],
    [{ count: 1, text: "abcd" }, "text: characters: need 1 to 3, have 4"],
    [{ count: 1, share: -1 }, "share: need at least 0, have -1"],
    [{ count: 1, loud: "yes" }, 'loud: need true or false, have "yes"'],
    [
      { count: 1, level: "mid" },
      'level: need one of "low", "high", have "mid"',
    ],
    [{ count: 1, hosts: "a" }, 'hosts: need an array, have "a"'],
    [{ count: 1, hosts: ["a", 1] }, "hosts[1]: need a string, have 1"],
    [
      { count: 1, hosts: ["a", "b", "c"] },
      "hosts: elements: need at most 2, have 3",
    ],
    [
      { count: 1, nested: { inner: null } },
      "nested.inner: need a integer, have null",
    ],
    [
      { count: 1, nested: { other: 1 } },
      "nested.other: there is no such option, choose from inner",
    ],
    [{ count: 1, free: { a: 1 } }, "free.a: need a string, have 1"],
  ];
  for (const [values, message] of cases) {
    const error = assertThrows(
      () => applyOptions(ALL, values as Record<string, string>),
      OptionMismatch,
    );
    assertEquals(error.message, message);
  }
});

Deno.test("applyOptions() takes names out of prototypes for what they are", () => {
  const plain = schema({ properties: {} });
  for (const name of ["constructor", "toString", "__proto__"]) {
    const values = JSON.parse(`{ "${name}": 1 }`);
    assertThrows(() => applyOptions(plain, values), OptionMismatch, name);
  }
});

Deno.test("readOptionText() reads text as what the schema says", () => {
  const { properties } = ALL;
  const read = (key: string, text: string, before?: string[]) =>
    readOptionText(properties![key]!, text, key, before);
  assertEquals(read("text", "7"), "7");
  assertEquals(read("count", "7"), 7);
  assertEquals(read("share", "1.5e2"), 150);
  assert(read("loud", "true"));
  assertEquals(read("hosts", "a"), ["a"]);
  assertEquals(read("hosts", "b", ["a"]), ["a", "b"]);
  assertEquals(read("hosts", '["x","y"]', ["a"]), ["x", "y"]);
  assertEquals(read("nested", '{"inner":1}'), { inner: 1 });
  for (
    const [key, text] of [
      ["count", "many"],
      ["count", "0x10"],
      ["count", ""],
      ["loud", "1"],
      ["nested", "inner"],
    ] as const
  ) assertThrows(() => read(key, text), OptionMismatch, key);
});

Deno.test("readOptionsSchema() refuses what it would not check", () => {
  const cases: [unknown, string][] = [
    [
      { properties: { a: { type: "string", pattern: "(a+)+$" } } },
      "properties.a.pattern: not a keyword",
    ],
    [{ properties: { a: { type: "null" } } }, "properties.a.type: need one of"],
    [{ properties: { a: {} } }, "properties.a.type: missing"],
    [
      { properties: { a: { type: "string", minimum: 1 } } },
      "properties.a.minimum: not a keyword",
    ],
    [{ properties: { a: { type: "array" } } }, "properties.a.items: missing"],
    [{ properties: { "a b": { type: "string" } } }, "need a name of letters"],
    [{ required: ["a"] }, "required[0]: need one of"],
    [{ oneOf: [] }, "oneOf: not a keyword"],
    [{ type: "array" }, "type: need one of object"],
    [
      { properties: { a: { type: "number", minimum: "1" } } },
      "properties.a.minimum: need a number",
    ],
    [
      JSON.parse('{"properties":{"__proto__":{"type":"object"}}}'),
      "need a name",
    ],
  ];
  for (const [value, message] of cases) {
    assertThrows(() => schema(value), DecodeError, message);
  }
  let deep: Record<string, unknown> = { type: "string" };
  for (let i = 0; i < 10; i++) deep = { type: "array", items: deep };
  assertThrows(
    () => schema({ properties: { deep } }),
    DecodeError,
    "at most 5 levels",
  );
});
