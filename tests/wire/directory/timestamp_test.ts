import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  formatRfc3339,
  parseRfc3339,
  parseTimestamp,
} from "../../../lib/wire/directory/timestamp.ts";

Deno.test("parseTimestamp() reads what official directories write", () => {
  for (
    const [text, seconds] of [
      ["2026-05-16T06:27:52Z", 1778912872],
      ["2026-05-16 06:27:52.0 +00:00:00", 1778912872],
      ["1970-01-01 00:00:00.001 +00:00:00", 0.001],
      ["2024-05-23 07:41:02.756283766 +00:00:00", 1716450062.756],
      ["2024-05-23 07:41:02.7 +00:00", 1716450062.7],
      ["2024-05-23 07:41:02.7 +00", 1716450062.7],
      ["2002-10-02T15:00:00Z", 1033570800],
      ["2002-10-02T10:00:00-05:00", 1033570800],
      ["2002-10-02T10:00:00.25-05:00", 1033570800.25],
      ["2002-10-02 10:00:00.0 -05:00:00", 1033570800],
    ] as const
  ) assertEquals(parseTimestamp(text), seconds * 1000, text);
});

Deno.test("parseTimestamp() gives nothing for other text", () => {
  for (
    const text of [
      "",
      "nonsense",
      "2026-05-16",
      "2026-02-30T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-05-16T24:00:00Z",
      "2026-05-16T06:60:00Z",
      "2026-05-16T06:27:52",
      "2026-05-16T06:27:52+25:00",
      "2026-05-16T06:27:52.Z",
      " 2026-05-16T06:27:52Z",
      "+02026-05-16T06:27:52Z",
      "2026-05-16 06:27:52 +00:00:00",
    ]
  ) assertEquals(parseTimestamp(text), undefined, text);
});

Deno.test("parseRfc3339() does not take the spaced form", () => {
  assertEquals(parseRfc3339("2026-05-16 06:27:52.0 +00:00:00"), undefined);
});

Deno.test("formatRfc3339() is read back as it was", () => {
  const last = Date.UTC(9999, 11, 31);
  assertEquals(formatRfc3339(1778912872000), "2026-05-16T06:27:52Z");
  fc.assert(fc.property(fc.integer({ min: 0, max: last }), (time) => {
    assertEquals(parseRfc3339(formatRfc3339(time)), time);
  }));
});
