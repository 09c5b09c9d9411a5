import { assert, assertEquals, assertThrows } from "@std/assert";
import { cryptoReady, withSodium } from "../../lib/crypto/sodium.ts";

await cryptoReady();

Deno.test("withSodium() leaves nothing behind in the memory that it lends", () => {
  const secret = Uint8Array.of(1, 2, 3);
  const address = withSodium((_, memory) => memory.copy(secret));
  withSodium((_, memory) => {
    assertEquals(memory.zeros(secret.length), address);
    assertEquals(memory.read(address, secret.length), new Uint8Array(3));
  });
  assertThrows(() =>
    withSodium((_, memory) => {
      memory.copy(secret);
      throw new Error("in the middle");
    }), Error);
  withSodium((_, memory) => {
    assertEquals(memory.read(address, secret.length), new Uint8Array(3));
  });
});

Deno.test("withSodium() inside of another lends other memory and gives it back", () => {
  withSodium((_, memory) => {
    const outer = memory.copy(Uint8Array.of(7));
    const inner = withSodium((_, memory) => memory.copy(Uint8Array.of(8)));
    assert(inner > outer);
    assertEquals(memory.read(outer, 1), Uint8Array.of(7));
    assertEquals(memory.zeros(1), inner);
  });
});

Deno.test("withSodium() refuses more than it has", () => {
  const large = new Uint8Array(65_537);
  assertThrows(
    () => withSodium((_, memory) => memory.copy(large)),
    RangeError,
    "65537",
  );
  withSodium((_, memory) => assert(memory.zeros(65_536) > 0));
});
