import { assertEquals, assertThrows } from "@std/assert";
import { concat } from "../../lib/bytes/concat.ts";
import { DecodeError } from "../../lib/errors.ts";
import {
  decodeMixPacket,
  encodeMixPacket,
  type MixPacket,
} from "../../lib/message/mix_packet.ts";
import { hex, unhex } from "../support/hex.ts";
import { seededRandom } from "../support/seeded_random.ts";

const PACKET = seededRandom(1)(2413);
const V4: MixPacket = {
  packetType: 0,
  rotation: "odd",
  firstHop: { host: "127.0.0.1", port: 1701 },
  packet: PACKET,
};
const V6: MixPacket = {
  ...V4,
  rotation: "even",
  firstHop: { host: "2001:db8::1", port: 1789 },
};

Deno.test("encodeMixPacket() writes version 1, without rotation", () => {
  const bytes = encodeMixPacket(V4, 1);
  assertEquals(bytes.length, 2421);
  assertEquals(hex(bytes.subarray(0, 8)), "000406a57f000001");
  assertEquals(decodeMixPacket(bytes, 1), { ...V4, rotation: "unknown" });
});

Deno.test("encodeMixPacket() writes version 2, with rotation", () => {
  const bytes = encodeMixPacket(V4, 2);
  assertEquals(bytes.length, 2422);
  assertEquals(hex(bytes.subarray(0, 9)), "00010406a57f000001");
  assertEquals(decodeMixPacket(bytes, 2), V4);
});

Deno.test("encodeMixPacket() writes IPv6 first hops", () => {
  const bytes = encodeMixPacket(V6, 2);
  assertEquals(
    hex(bytes.subarray(0, 21)),
    "00020606fd20010db8000000000000000000000001",
  );
  assertEquals(decodeMixPacket(bytes, 2), V6);
});

Deno.test("decodeMixPacket() takes packets of every known size and no other", () => {
  for (
    const [length, known] of [
      [386, true],
      [2413, true],
      [8557, true],
      [16749, true],
      [33133, true],
      [2377, true],
      [2371, true],
      [377, true],
      [0, false],
      [385, false],
      [2412, false],
      [2414, false],
      [33134, false],
    ] as const
  ) {
    const bytes = encodeMixPacket({ ...V4, packet: new Uint8Array(length) }, 2);
    if (known) assertEquals(decodeMixPacket(bytes, 2).packet.length, length);
    else assertThrows(() => decodeMixPacket(bytes, 2), DecodeError);
  }
});

Deno.test("decodeMixPacket() refuses every truncation", () => {
  for (const mixPacket of [V4, V6]) {
    for (const version of [1, 2] as const) {
      const bytes = encodeMixPacket(
        { ...mixPacket, packet: PACKET.slice(0, 386) },
        version,
      );
      for (let length = 0; length < bytes.length; length++) {
        // Nine bytes less than an acknowledgement happen to be one of Outfox.
        if (bytes.length - length === 9) continue;
        assertThrows(
          () => decodeMixPacket(bytes.subarray(0, length), version),
          DecodeError,
        );
      }
    }
  }
});

Deno.test("decodeMixPacket() refuses unknown types, rotations and IP versions", () => {
  for (
    const head of ["01 01 04", "02 01 04", "ff 01 04", "00 03 04", "00 01 05"]
  ) {
    assertThrows(
      () => decodeMixPacket(concat(unhex(head), new Uint8Array(6), PACKET), 2),
      DecodeError,
    );
  }
});

Deno.test("decodeMixPacket() owns its packet, also of a view into a larger buffer", () => {
  const larger = concat(unhex("ffff"), encodeMixPacket(V4, 2), unhex("ffff"));
  const decoded = decodeMixPacket(larger.subarray(2, -2), 2);
  larger.fill(0);
  assertEquals(decoded, V4);
});
