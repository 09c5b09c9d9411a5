import { assertEquals, assertThrows } from "@std/assert";
import { parseFormat } from "../../../lib/cli/parse/format_string.ts";
import { UsageError } from "../../../lib/errors.ts";

Deno.test("parseFormat() cuts text and fields", () => {
  assertEquals(parseFormat("%n: %s\\n"), [
    { kind: "field", field: "number" },
    { kind: "text", text: ": " },
    { kind: "field", field: "payload" },
    { kind: "text", text: "\n" },
  ]);
  assertEquals(
    parseFormat("%s%t%n%z%g%x%b").map((part) => part.kind),
    Array(7).fill("field"),
  );
  assertEquals(parseFormat("100%% \\0\\t\\\\"), [
    { kind: "text", text: "100% \0\t\\" },
  ]);
  assertEquals(parseFormat(""), []);
});

Deno.test("parseFormat() refuses letters that mean nothing", () => {
  for (const format of ["%q", "%", "\\x", "\\"]) {
    assertThrows(() => parseFormat(format), UsageError, "need ");
  }
});
