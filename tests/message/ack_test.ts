import { assertEquals, assertThrows } from "@std/assert";
import { DecodeError } from "../../lib/errors.ts";
import { openAck, sealAck } from "../../lib/message/ack.ts";
import { COVER_ID } from "../../lib/message/fragment_id.ts";
import { hex, unhex } from "../support/hex.ts";
import { recordedRandom } from "../support/recorded_random.ts";
import { seededRandom } from "../support/seeded_random.ts";

const KEY = unhex("24".repeat(16));
const IV = unhex("99".repeat(16));

Deno.test("sealAck() and openAck() agree with the reference calculation", () => {
  for (
    const [id, ciphertext] of [
      [{ setId: 12345, index: 7 }, "6159add051"],
      [COVER_ID, "61599de956"],
    ] as const
  ) {
    const sealed = sealAck(KEY, id, recordedRandom(IV));
    assertEquals(hex(sealed), hex(IV) + ciphertext);
    assertEquals(openAck(KEY, sealed), id === COVER_ID ? "cover" : id);
  }
});

Deno.test("openAck() reads acknowledgements of the official client", () => {
  const key = unhex("171379a11f936cdade4d33c47b61efef");
  assertEquals(
    openAck(key, unhex("32f8c7f185a6b127374081137cce099f 55a56c30a1")),
    { setId: 0x1d4dcd4a, index: 1 },
  );
  assertEquals(
    openAck(key, unhex("2132843d020f1c13c69cbb1556548708 ab962076d7")),
    "cover",
  );
});

Deno.test("openAck() refuses every other length", () => {
  const sealed = sealAck(KEY, { setId: 1, index: 1 }, seededRandom(1));
  for (const length of [...Array(21).keys(), 22, 48]) {
    const bytes = new Uint8Array(length);
    bytes.set(sealed.subarray(0, Math.min(length, 21)));
    assertThrows(() => openAck(KEY, bytes), DecodeError, `have ${length}`);
  }
});

Deno.test("openAck() refuses a negative set id, as another key or a flipped bit gives", () => {
  const sealed = sealAck(KEY, { setId: 1, index: 1 }, seededRandom(1));
  sealed[16]! ^= 0x80;
  assertThrows(() => openAck(KEY, sealed), DecodeError);
});
