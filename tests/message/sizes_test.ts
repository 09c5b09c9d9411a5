import { assertEquals, assertThrows } from "@std/assert";
import { DecodeError } from "../../lib/errors.ts";
import {
  KEY_ROTATION,
  rotationByte,
  rotationFromByte,
  rotationOfId,
} from "../../lib/message/key_rotation.ts";
import {
  PACKET_SIZE,
  packetSizeByLength,
  packetSizeByTag,
  type PacketSizeName,
  SURB_ACK_SIZE,
} from "../../lib/message/packet_size.ts";

const SIZES: [
  PacketSizeName,
  tag: number,
  total: number,
  payload: number,
  plaintext: number,
  fragment: number,
][] = [
  ["regular", 1, 2413, 2065, 2048, 1611],
  ["ack", 2, 386, 38, 21, 0],
  ["extended32", 3, 33133, 32785, 32768, 32331],
  ["extended8", 4, 8557, 8209, 8192, 7755],
  ["extended16", 5, 16749, 16401, 16384, 15947],
  ["outfoxRegular", 6, 2377, 2051, 2048, 0],
  ["outfoxAck", 7, 377, 51, 48, 0],
];

for (const [name, tag, total, payload, plaintext, fragment] of SIZES) {
  Deno.test(`PACKET_SIZE has the sizes of nymtech/nym, ${name}`, () => {
    assertEquals<unknown>(PACKET_SIZE[name], {
      tag,
      total,
      payload,
      plaintext,
      fragment,
    });
    assertEquals(packetSizeByTag(tag), name);
    assertEquals(packetSizeByLength(total), name);
  });
}

Deno.test("SURB_ACK_SIZE is what stands in front of every message", () => {
  assertEquals(SURB_ACK_SIZE, 405);
});

Deno.test("packetSizeByLength() knows the regular Outfox packet without its parameters", () => {
  assertEquals(packetSizeByLength(2371), "outfoxRegular");
});

Deno.test("packetSizeByTag() and packetSizeByLength() refuse everything else", () => {
  for (let tag = 0; tag < 256; tag++) {
    if (tag >= 1 && tag <= 7) continue;
    assertThrows(() => packetSizeByTag(tag), DecodeError);
  }
  for (const length of [0, 1, 371, 385, 387, 2370, 2412, 2414, 33134]) {
    assertThrows(() => packetSizeByLength(length), DecodeError);
  }
});

Deno.test("rotationOfId() goes by parity, and knows two ids without one", () => {
  assertEquals(
    [0, 1, 2, 5, 2 ** 32 - 2, 2 ** 32 - 1].map(rotationOfId),
    ["unknown", "odd", "even", "odd", "even", "unknown"],
  );
});

Deno.test("rotationFromByte() gives back what rotationByte() wrote and refuses the rest", () => {
  for (const rotation of ["unknown", "odd", "even"] as const) {
    assertEquals(rotationByte(rotation), KEY_ROTATION[rotation]);
    assertEquals(rotationFromByte(rotationByte(rotation)), rotation);
  }
  for (const byte of [3, 4, 128, 255]) {
    assertThrows(() => rotationFromByte(byte), DecodeError);
  }
});
