import { assertEquals, assertThrows } from "@std/assert";
import { parsePercent, wholeNumber } from "../../../lib/cli/parse/number.ts";
import { UsageError } from "../../../lib/errors.ts";

Deno.test("wholeNumber() keeps to its range", () => {
  const read = wholeNumber(1, 10);
  assertEquals(read("1"), 1);
  assertEquals(read("10"), 10);
  for (const text of ["0", "11", "", "1.0", "-1", "0x1", " 1"]) {
    assertThrows(() => read(text), UsageError, "from 1 to 10");
  }
});

Deno.test("parsePercent() takes the sign or not", () => {
  assertEquals(parsePercent("5"), 5);
  assertEquals(parsePercent("12.5%"), 12.5);
  for (const text of ["101", "-1", "%", "five"]) {
    assertThrows(() => parsePercent(text), UsageError, "from 0 to 100");
  }
});
