import { assertEquals } from "@std/assert";
import type { PluginMatch } from "../../lib/plugin/api.ts";
import { matches } from "../../lib/plugin/match.ts";

Deno.test("matches() holds a message against everything that is said", () => {
  const message = (text: string, senderTag?: string) => ({
    body: new TextEncoder().encode(text),
    senderTag,
    stored: false,
  });
  const json = message('{"type":"tx","n":3,"inner":{"type":"x"}}');
  const cases: [
    PluginMatch | undefined,
    ReturnType<typeof message>,
    boolean,
  ][] = [
    [undefined, message("x"), true],
    [{}, message("x"), true],
    [{ answerable: true }, message("x"), false],
    [{ answerable: true }, message("x", "tag"), true],
    [{ answerable: false }, message("x", "tag"), false],
    [{ stored: true }, message("x"), false],
    [{ minSize: 2 }, message("x"), false],
    [{ maxSize: 2 }, message("xyz"), false],
    [{ minSize: 1, maxSize: 1 }, message("x"), true],
    [{ startsWith: "/help" }, message("/help me"), true],
    [{ startsWith: "/help" }, message("/hel"), false],
    [{ startsWith: "é" }, message("été"), true],
    [{ json: { type: "tx" } }, json, true],
    [{ json: { type: "tx", n: 3 } }, json, true],
    [{ json: { type: "tx", n: "3" } }, json, false],
    [{ json: { inner: true } }, json, true],
    [JSON.parse('{ "json": { "toString": true } }'), json, false],
    [{ json: {} }, message("[1]"), false],
    [{ json: {} }, message("{"), false],
    [{ json: {} }, message(" \n{}"), true],
    [{ json: { a: true } }, message('{"b":1}'), false],
    [{ startsWith: "{", json: { n: 3 }, answerable: true }, json, false],
  ];
  for (const [match, candidate, expected] of cases) {
    assertEquals(matches(match, candidate), expected, JSON.stringify(match));
  }
});
