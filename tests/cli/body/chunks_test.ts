import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { cutRecords, joinChunks } from "../../../lib/cli/body/chunks.ts";
import { MAX_MESSAGE_SIZE } from "../../../lib/cli/body/limit.ts";
import { concat } from "../../../lib/bytes/concat.ts";
import { UsageError } from "../../../lib/errors.ts";

Deno.test("cutRecords() cuts at the separator wherever chunks end, and keeps every other byte", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ max: 3, maxLength: 6 })),
      async (chunks) => {
        const whole = [...concat(...chunks)];
        const records = await Array.fromAsync(cutRecords(each(chunks), 0, "x"));
        const back = records.flatMap((record) => [...record, 0]);
        const expected = whole.length === 0 || whole.at(-1) === 0
          ? whole
          : [...whole, 0];
        assertEquals(back, expected);
      },
    ),
  );
});

Deno.test("cutRecords() copies what it keeps across a reused buffer", async () => {
  const buffer = new Uint8Array(1);
  const records = cutRecords(
    (async function* () {
      for (const byte of [1, 2, 3, 0]) {
        buffer[0] = byte;
        yield await Promise.resolve(buffer);
      }
    })(),
    0,
    "x",
  );
  assertEquals(await Array.fromAsync(records), [Uint8Array.of(1, 2, 3)]);
});

Deno.test("joinChunks() refuses more than a message may have, with exit code 8", async () => {
  const half = new Uint8Array(MAX_MESSAGE_SIZE / 2);
  assertEquals(
    (await joinChunks(each([half, half]), "it")).length,
    MAX_MESSAGE_SIZE,
  );
  const error = await assertRejects(
    () => joinChunks(each([half, half, Uint8Array.of(1)]), "it"),
    UsageError,
    "Cannot send it: need at most 67108864 bytes",
  );
  assertEquals(error.exitCode, 8);
});

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}
