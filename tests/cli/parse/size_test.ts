import { assertEquals, assertThrows } from "@std/assert";
import { formatSize, parseSize } from "../../../lib/cli/parse/size.ts";
import { UsageError } from "../../../lib/errors.ts";

Deno.test("parseSize() reads bytes with and without a unit", () => {
  assertEquals(parseSize("0"), 0);
  assertEquals(parseSize("1000"), 1000);
  assertEquals(parseSize("1KB"), 1000);
  assertEquals(parseSize("1.5 kb"), 1500);
  assertEquals(parseSize("64KiB"), 65536);
  assertEquals(parseSize("10MB"), 10_000_000);
});

Deno.test("parseSize() refuses anything else", () => {
  for (const text of ["", "KB", "-1", "1.5", "1GBB", "1e3"]) {
    assertThrows(() => parseSize(text), UsageError, "need a size");
  }
});

Deno.test("formatSize() writes for people", () => {
  assertEquals(formatSize(1), "1 byte");
  assertEquals(formatSize(999), "999 bytes");
  assertEquals(formatSize(1_500), "1.5 KB");
  assertEquals(formatSize(10_000_000), "10 MB");
});
