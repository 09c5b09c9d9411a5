import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { DecodeError } from "../../lib/errors.ts";
import {
  openPayloadLayer,
  recoverMessage,
  sealPayload,
} from "../../lib/sphinx/payload.ts";
import { bytes } from "./arbitraries.ts";

await cryptoReady();

Deno.test("sealPayload() is undone layer by layer, both kinds of keys, any message", () => {
  const keys = fc.constantFrom(16, 192).chain((size) =>
    fc.array(bytes(size), { minLength: 1, maxLength: 5 })
  );
  const message = fc.uint8Array({ maxLength: 100, max: 2 });
  const property = fc.property(
    keys,
    message,
    fc.nat(3),
    (keys, drawn, slack) => {
      const message = new Uint8Array(drawn);
      const size = Math.max(33, message.length + 17 + slack);
      let payload = sealPayload(message, keys, size);
      for (const key of keys) {
        assertEquals(payload.length, size);
        payload = openPayloadLayer(key, payload);
      }
      assertEquals(recoverMessage(payload), message);
    },
  );
  fc.assert(property);
});

Deno.test("sealPayload() without layers shows the padding", () => {
  const payload = sealPayload(Uint8Array.of(7, 1, 0), [], 40);
  const expected = new Uint8Array(40);
  expected.set([7, 1, 0, 1], 16);
  assertEquals(payload, expected);
});

Deno.test("recoverMessage() looks for the last byte 1 and for nothing behind it", () => {
  const payload = new Uint8Array(40);
  payload.set([5, 1, 6, 1, 9, 9], 16);
  assertEquals(recoverMessage(payload), Uint8Array.of(5, 1, 6));
  payload[39] = 1;
  assertEquals(recoverMessage(payload).length, 23);
});

Deno.test("recoverMessage() gives an empty message for a marker at once", () => {
  const payload = new Uint8Array(40);
  payload[16] = 1;
  assertEquals(recoverMessage(payload).length, 0);
});

Deno.test("recoverMessage() refuses a payload without zeros in front", () => {
  for (let i = 0; i < 16; i++) {
    const payload = new Uint8Array(40);
    payload[20] = 1;
    payload[i] = 1;
    assertThrows(() => recoverMessage(payload), DecodeError, "zeros");
  }
});

Deno.test("recoverMessage() refuses a payload without a marker", () => {
  const payload = new Uint8Array(40);
  payload[30] = 2;
  assertThrows(() => recoverMessage(payload), DecodeError, "not marked");
});
