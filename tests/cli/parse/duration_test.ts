import { assertEquals, assertThrows } from "@std/assert";
import {
  formatDuration,
  parseDuration,
  parsePatience,
} from "../../../lib/cli/parse/duration.ts";
import { UsageError } from "../../../lib/errors.ts";

Deno.test("parseDuration() reads numbers with a unit", () => {
  assertEquals(parseDuration("500ms"), 500);
  assertEquals(parseDuration("10s"), 10_000);
  assertEquals(parseDuration("5m"), 300_000);
  assertEquals(parseDuration("1h"), 3_600_000);
  assertEquals(parseDuration("1.5s"), 1_500);
  assertEquals(parseDuration("0s"), 0);
});

Deno.test("parseDuration() refuses anything else", () => {
  for (
    const text of [
      "",
      "10",
      "s",
      "-1s",
      "1 s",
      "1d",
      "1S",
      "1h30m",
      "١s",
      "9".repeat(400) + "h",
    ]
  ) {
    assertThrows(() => parseDuration(text), UsageError, "need a duration");
  }
});

Deno.test("parsePatience() refuses none at all", () => {
  assertEquals(parsePatience("1ms"), 1);
  assertThrows(() => parsePatience("0s"), UsageError, "above 0");
});

Deno.test("formatDuration() writes what parseDuration() reads", () => {
  for (const text of ["0ms", "500ms", "10s", "1.5s", "5m", "1h", "1.5h"]) {
    assertEquals(formatDuration(parseDuration(text)), text);
  }
});
