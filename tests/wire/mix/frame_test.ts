import { assertEquals, assertThrows } from "@std/assert";
import { DecodeError } from "../../../lib/errors.ts";
import { PACKET_SIZE } from "../../../lib/message/packet_size.ts";
import {
  decodeMixFrameHead,
  encodeMixFrame,
  type MixFrame,
  mixFrameOf,
} from "../../../lib/wire/mix/frame.ts";
import { hex } from "../../support/hex.ts";

const FRAME: MixFrame = {
  packetSize: "regular",
  packetType: 0,
  rotation: "even",
  packet: new Uint8Array(PACKET_SIZE.regular.total).fill(0xaa),
};

Deno.test("encodeMixFrame() writes both versions", () => {
  const legacy = encodeMixFrame(FRAME, 7);
  assertEquals([legacy.length, hex(legacy.subarray(0, 4))], [2416, "070100aa"]);
  const frame = encodeMixFrame(FRAME, 8);
  assertEquals([frame.length, hex(frame.subarray(0, 5))], [2417, "08010002aa"]);
});

Deno.test("encodeMixFrame() writes the tag of every class", () => {
  const tags =
    (["regular", "ack", "extended32", "extended8", "extended16"] as const)
      .map((packetSize) => {
        const packet = new Uint8Array(PACKET_SIZE[packetSize].total);
        const frame = encodeMixFrame({ ...FRAME, packetSize, packet }, 8);
        assertEquals(frame.length, 4 + packet.length);
        return frame[1];
      });
  assertEquals(tags, [1, 2, 3, 4, 5]);
});

Deno.test("encodeMixFrame() refuses a packet that is not of its class", () => {
  const packet = FRAME.packet.subarray(1) as MixFrame["packet"];
  assertThrows(() => encodeMixFrame({ ...FRAME, packet }, 7), RangeError);
});

Deno.test("decodeMixFrameHead() reads both versions", () => {
  assertEquals(decodeMixFrameHead(Uint8Array.of(7, 2, 0)), {
    packetSize: "ack",
    packetType: 0,
    rotation: "unknown",
  });
  for (const [byte, rotation] of ["unknown", "odd", "even"].entries()) {
    assertEquals(decodeMixFrameHead(Uint8Array.of(8, 3, 0, byte)), {
      packetSize: "extended32",
      packetType: 0,
      rotation: rotation as MixFrame["rotation"],
    });
  }
});

Deno.test("decodeMixFrameHead() refuses everything else", () => {
  for (
    const head of [
      [],
      [7],
      [7, 1],
      [8, 1, 0],
      [0, 1, 0],
      [6, 1, 0],
      [9, 1, 0, 0],
      [255, 1, 0, 0],
      [7, 0, 0],
      [7, 6, 0],
      [7, 7, 0],
      [7, 8, 0],
      [7, 1, 1],
      [7, 1, 2],
      [7, 1, 255],
      [8, 1, 0, 3],
      [8, 1, 0, 255],
    ]
  ) {
    assertThrows(() => decodeMixFrameHead(Uint8Array.from(head)), DecodeError);
  }
});

Deno.test("mixFrameOf() finds the class of a packet, but none that is not Sphinx", () => {
  const { packetType, rotation, packet } = FRAME;
  const firstHop = { host: "127.0.0.1", port: 1 };
  const mixPacket = { packetType, rotation, packet, firstHop };
  assertEquals(mixFrameOf(mixPacket), FRAME);
  for (const length of [0, 377, 2371, 2377, 2412]) {
    const other = { ...mixPacket, packet: new Uint8Array(length) };
    assertThrows(() => mixFrameOf(other), DecodeError);
  }
});
