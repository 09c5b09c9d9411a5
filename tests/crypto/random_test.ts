import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  randomIndex,
  randomUnit,
  systemRandom,
} from "../../lib/crypto/random.ts";
import { recordedRandom } from "../support/recorded_random.ts";
import { seededRandom } from "../support/seeded_random.ts";

Deno.test("systemRandom() gives any number of bytes, different each time", () => {
  assertEquals(systemRandom(0).length, 0);
  const long = systemRandom(200_000);
  assertEquals(long.length, 200_000);
  // Each part of the long draw was filled: 64 zero bytes in a row do not happen.
  for (const start of [0, 65_535, 65_536, 131_072, 199_936]) {
    assert(long.subarray(start, start + 64).some((byte) => byte !== 0));
  }
  assert(systemRandom(32).toHex() !== systemRandom(32).toHex());
});

Deno.test("randomIndex() reaches every index about equally often", () => {
  const random = seededRandom(1);
  const counts = new Array(7).fill(0);
  for (let i = 0; i < 70_000; i++) counts[randomIndex(random, 7)]++;
  for (const count of counts) assert(Math.abs(count - 10_000) < 500);
});

Deno.test("randomIndex() draws again rather than favour small indices", () => {
  // 2^32 mod 3 is 1: only the highest draw of all has no partners.
  const random = recordedRandom(
    Uint8Array.of(255, 255, 255, 255),
    Uint8Array.of(255, 255, 255, 254),
  );
  assertEquals(randomIndex(random, 3), 2);
});

Deno.test("randomIndex() of one is zero, and refuses numbers that are no counts", () => {
  assertEquals(randomIndex(systemRandom, 1), 0);
  for (const n of [0, -1, 1.5, NaN, 2 ** 32 + 1]) {
    assertThrows(() => randomIndex(systemRandom, n), RangeError);
  }
});

Deno.test("randomUnit() lies in (0, 1] with both ends as they should be", () => {
  const zeros = randomUnit((length) => new Uint8Array(length));
  assertEquals(zeros, 2 ** -53);
  assertEquals(randomUnit((length) => new Uint8Array(length).fill(255)), 1);
  const random = seededRandom(2);
  let sum = 0;
  for (let i = 0; i < 10_000; i++) sum += randomUnit(random);
  assert(Math.abs(sum / 10_000 - 0.5) < 0.02);
});
