import { assertEquals, assertFalse } from "@std/assert";
import {
  escapeControls,
  escapeJson,
  escapeLine,
} from "../../lib/cli/escape.ts";

Deno.test("escapeControls() disarms what steers a terminal, and nothing else", () => {
  assertEquals(
    escapeControls("\x1b[2J\x07\r\x7f\x9b\u202e\u2028"),
    "\\x1b[2J\\x07\\x0d\\x7f\\x9b\\u202e\\u2028",
  );
  const harmless = "tab\tline\nüñî 👩‍👩‍👧 日本";
  assertEquals(escapeControls(harmless), harmless);
});

Deno.test("escapeLine() stays on one line", () => {
  assertEquals(escapeLine("a\nb\x1b"), "a\\nb\\x1b");
});

Deno.test("escapeJson() keeps the value", () => {
  const value = { text: "\x7f\x9b\u202e\u2028\x1b\n" };
  const json = escapeJson(JSON.stringify(value));
  assertEquals(JSON.parse(json), value);
  assertFalse(/[^\x20-\x7e]/.test(json));
});
