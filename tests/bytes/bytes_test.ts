import { assert, assertEquals, assertFalse } from "@std/assert";
import { concat } from "../../lib/bytes/concat.ts";
import { equal } from "../../lib/bytes/equal.ts";
import { wipe } from "../../lib/bytes/wipe.ts";

Deno.test("concat() joins parts, empty ones too", () => {
  assertEquals(concat(), new Uint8Array());
  assertEquals(
    concat(new Uint8Array([1]), new Uint8Array(), new Uint8Array([2, 3])),
    new Uint8Array([1, 2, 3]),
  );
});

Deno.test("equal() compares length and every byte", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  assert(equal(bytes, new Uint8Array([1, 2, 3])));
  assertFalse(equal(bytes, new Uint8Array([1, 2])));
  for (let i = 0; i < 3; i++) {
    const other = bytes.slice();
    other[i]! ^= 0x80;
    assertFalse(equal(bytes, other));
  }
});

Deno.test("wipe() leaves zeros", () => {
  const secret = new Uint8Array([1, 2, 3]);
  wipe(secret);
  assertEquals(secret, new Uint8Array(3));
});
