import { assertEquals } from "@std/assert";
import { encodeBase58 } from "../../lib/bytes/base58.ts";
import { shortKey } from "../../lib/bytes/short_key.ts";

Deno.test("shortKey() shows the beginning of a key and no more", () => {
  const key = new Uint8Array(32).fill(7);
  assertEquals(shortKey(key), `${encodeBase58(key).slice(0, 6)}…`);
});
