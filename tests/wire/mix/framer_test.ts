import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Bytes } from "../../../lib/bytes/brand.ts";
import { concat } from "../../../lib/bytes/concat.ts";
import { DecodeError } from "../../../lib/errors.ts";
import { PACKET_SIZE } from "../../../lib/message/packet_size.ts";
import { encodeMixFrame, type MixFrame } from "../../../lib/wire/mix/frame.ts";
import { MixFramer } from "../../../lib/wire/mix/framer.ts";
import { seededRandom } from "../../support/seeded_random.ts";

const random = seededRandom(1);

function frame(
  packetSize: MixFrame["packetSize"],
  rotation: MixFrame["rotation"],
): MixFrame {
  const packet = random(PACKET_SIZE[packetSize].total);
  return { packetSize, packetType: 0, rotation, packet };
}

const ACK = frame("ack", "unknown");
const REGULAR = frame("regular", "even");
const EXTENDED = frame("extended8", "odd");

/** All three frames in one stream; version 7 cannot carry a rotation. */
const STREAM = concat(
  encodeMixFrame(ACK, 7),
  encodeMixFrame(REGULAR, 8),
  encodeMixFrame(EXTENDED, 8),
);

function pushAll(framer: MixFramer, chunks: Iterable<Uint8Array>): MixFrame[] {
  return [...chunks].flatMap((chunk) => [...framer.push(chunk)]);
}

Deno.test("MixFramer cuts a stream that comes at once, or one byte at a time", () => {
  assertEquals([...new MixFramer().push(STREAM)], [ACK, REGULAR, EXTENDED]);
  const framer = new MixFramer();
  const bytes = Array.from(STREAM, (byte) => Uint8Array.of(byte));
  assertEquals(pushAll(framer, bytes), [ACK, REGULAR, EXTENDED]);
  framer.end();
});

Deno.test("MixFramer cuts a stream however it is chopped", () => {
  const cuts = fc.array(fc.nat(STREAM.length), { maxLength: 12 });
  fc.assert(fc.property(cuts, (cuts) => {
    const edges = [0, ...cuts.toSorted((a, b) => a - b), STREAM.length];
    const chunks = edges.slice(1).map((end, i) =>
      STREAM.subarray(edges[i], end)
    );
    const framer = new MixFramer();
    assertEquals(pushAll(framer, chunks), [ACK, REGULAR, EXTENDED]);
    framer.end();
  }));
});

Deno.test("MixFramer returns packets of its own", () => {
  const chunk = encodeMixFrame(ACK, 8);
  const [read] = new MixFramer().push(chunk);
  chunk.fill(0);
  assertEquals(read, ACK);
});

Deno.test("MixFramer gives the good frames before a malformed one, and then only its error", () => {
  for (const bad of [[6], [9], [7, 9, 0], [7, 1, 2], [8, 1, 0, 3]]) {
    const framer = new MixFramer();
    const chunk = concat(encodeMixFrame(ACK, 7), Uint8Array.from(bad), STREAM);
    const given: MixFrame[] = [];
    const error = assertThrows(() => {
      for (const frame of framer.push(chunk)) given.push(frame);
    }, DecodeError);
    assertEquals(given, [ACK]);
    for (const next of [STREAM, new Uint8Array(0)]) {
      const again = assertThrows(() => [...framer.push(next)], DecodeError);
      assertStrictEquals(again, error);
    }
    assertStrictEquals(assertThrows(() => framer.end(), DecodeError), error);
  }
});

Deno.test("MixFramer refuses a malformed head at its first wrong byte where it can, byte by byte", () => {
  for (
    const [head, good] of [
      [[6], 0],
      [[7, 9, 0], 2],
      [[7, 1, 1], 2],
      [[8, 1, 0, 3], 3],
    ] as const
  ) {
    const framer = new MixFramer();
    const bytes = head.map((byte) => Uint8Array.of(byte));
    assertEquals(pushAll(framer, bytes.slice(0, good)), []);
    assertThrows(() => [...framer.push(bytes[good]!)], DecodeError);
  }
});

Deno.test("MixFramer.end() refuses a stream that ends within a frame", () => {
  const bytes: Bytes = encodeMixFrame(ACK, 8);
  for (const length of [1, 2, 3, 4, 5, bytes.length - 1]) {
    const framer = new MixFramer();
    assertEquals([...framer.push(bytes.subarray(0, length))], []);
    assertThrows(() => framer.end(), DecodeError, "the stream ends in");
  }
  new MixFramer().end();
});

Deno.test("MixFramer survives any bytes with a DecodeError or without an error", () => {
  const bytes = fc.uint8Array({ maxLength: 64 });
  fc.assert(fc.property(fc.array(bytes), (chunks) => {
    const framer = new MixFramer();
    try {
      pushAll(framer, chunks);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }));
});
