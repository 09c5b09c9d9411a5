import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../lib/errors.ts";
import { formatDuration, parseDuration } from "../../lib/home/duration.ts";

Deno.test.each(
  [
    ["200ms", 200],
    ["5m", 300_000],
    ["33m 20s", 2_000_000],
    ["1s 500ms", 1500],
    ["1h30min", 5_400_000],
    ["2days", 172_800_000],
    ["1day", 86_400_000],
    ["1500us", 1.5],
    ["0", 0],
    ["0s", 0],
    [" 10 s ", 10_000],
  ] as const,
)("parseDuration() reads %s", (text, milliseconds) => {
  assertEquals(parseDuration(text), milliseconds);
});

Deno.test.each(["", "5", "ms", "1.5s", "-1s", "5x", "5m;", "1e3s", "s5"])(
  "parseDuration() refuses %s",
  (text) => {
    assertThrows(() => parseDuration(text), DecodeError, JSON.stringify(text));
  },
);

Deno.test.each(
  [
    [0, "0s"],
    [15, "15ms"],
    [1500, "1s 500ms"],
    [300_000, "5m"],
    [2_000_000, "33m 20s"],
    [4_200_000, "1h 10m"],
    [86_400_000, "1day"],
    [12.5, "12ms 500us"],
  ] as const,
)("formatDuration() writes %d", (milliseconds, text) => {
  assertEquals(formatDuration(milliseconds), text);
});

Deno.test("parseDuration() reads what formatDuration() wrote", () => {
  fc.assert(fc.property(fc.nat(10_000_000_000), (milliseconds) => {
    assertEquals(parseDuration(formatDuration(milliseconds)), milliseconds);
  }));
});
