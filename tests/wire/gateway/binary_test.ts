import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concat } from "../../../lib/bytes/concat.ts";
import { CryptoError, DecodeError } from "../../../lib/errors.ts";
import {
  encodeMixPacket,
  type MixPacket,
} from "../../../lib/message/mix_packet.ts";
import { PACKET_SIZE } from "../../../lib/message/packet_size.ts";
import {
  decodeForward,
  decodePush,
  encodeForward,
  encodePush,
  MAX_BINARY_FRAME_SIZE,
} from "../../../lib/wire/gateway/binary.ts";
import { hex, unhex } from "../../support/hex.ts";
import { recordedRandom } from "../../support/recorded_random.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { fill, SHARED_KEY } from "./fixtures.ts";

const random = seededRandom(1);

/** The regular packet of the documentation's examples. */
const MIX_PACKET: MixPacket = {
  packetType: 0,
  rotation: "even",
  firstHop: { host: "127.0.0.1", port: 17890 },
  packet: random(PACKET_SIZE.regular.total),
};

/** Frames as nobody writes them, but everybody reads: without a seal. */
const OPEN_FORWARD = openFrame(2, encodeMixPacket(MIX_PACKET, 2));
const OPEN_PUSH = openFrame(1, fill(21, 1));

Deno.test("encodePush() follows the published vector, decodePush() reads it", () => {
  const vector = unhex(`
    0101 090909090909090909090909
    d00a5177ce30a2bd931abda0f2a0b353567e775bf75be26f107c074ae5b78289ac936cf037`);
  const payload = fill(21, 0xaa);
  const nonce = recordedRandom(fill(12, 9));
  assertEquals(encodePush(SHARED_KEY, payload, nonce), vector);
  assertEquals(decodePush(SHARED_KEY, vector), payload);
});

Deno.test("encodeForward() writes the sizes of the examples, with and without rotation", () => {
  for (const protocol of [3, 4] as const) {
    const frame = encodeForward(SHARED_KEY, MIX_PACKET, protocol, random);
    assertEquals([frame.length, frame[0], frame[1]], [2451, 1, 1]);
    assertEquals(decodeForward(SHARED_KEY, frame), {
      ...MIX_PACKET,
      rotation: "unknown",
    });
  }
  for (const protocol of [5, 6] as const) {
    const frame = encodeForward(SHARED_KEY, MIX_PACKET, protocol, random);
    assertEquals([frame.length, frame[0], frame[1]], [2452, 2, 1]);
    assertEquals(decodeForward(SHARED_KEY, frame), MIX_PACKET);
  }
});

Deno.test("frames without a seal are read, past the place of the nonce", () => {
  assertEquals(
    hex(OPEN_FORWARD.subarray(0, 23)),
    "0200" + "09".repeat(12) + "00020445e27f000001",
  );
  assertEquals(decodeForward(SHARED_KEY, OPEN_FORWARD), MIX_PACKET);
  assertEquals(decodePush(SHARED_KEY, OPEN_PUSH), fill(21, 1));
});

Deno.test("decodeForward() and decodePush() refuse other kinds and flags", () => {
  for (const kind of [0, 3, 255]) {
    const frame = concat(Uint8Array.of(kind), OPEN_FORWARD.subarray(1));
    assertThrows(() => decodeForward(SHARED_KEY, frame), DecodeError, "kind");
  }
  for (const kind of [0, 2, 255]) {
    const frame = concat(Uint8Array.of(kind), OPEN_PUSH.subarray(1));
    assertThrows(() => decodePush(SHARED_KEY, frame), DecodeError, "kind");
  }
  for (const flag of [2, 255]) {
    const frame = concat(Uint8Array.of(1, flag), OPEN_PUSH.subarray(2));
    assertThrows(() => decodePush(SHARED_KEY, frame), DecodeError, "flag");
  }
});

Deno.test("decodeForward() refuses every truncation, leftovers and flipped bits", () => {
  const sealed = encodeForward(SHARED_KEY, MIX_PACKET, 6, random);
  for (let length = 0; length < 64; length++) {
    for (const frame of [sealed, OPEN_FORWARD]) {
      for (
        const part of [frame.subarray(0, length), frame.slice(0, -1 - length)]
      ) {
        assertRefused(() => decodeForward(SHARED_KEY, part));
      }
    }
  }
  for (const frame of [sealed, OPEN_FORWARD]) {
    const longer = concat(frame, Uint8Array.of(0));
    assertRefused(() => decodeForward(SHARED_KEY, longer));
  }
  for (let byte = 2; byte < sealed.length; byte += 97) {
    const flipped = sealed.slice();
    flipped[byte]! ^= 1;
    assertThrows(() => decodeForward(SHARED_KEY, flipped), CryptoError);
  }
  assertThrows(() => decodeForward(fill(32, 1), sealed), CryptoError);
});

Deno.test("decodePush() refuses what is too long before it opens anything", () => {
  const largest = encodePush(
    SHARED_KEY,
    new Uint8Array(MAX_BINARY_FRAME_SIZE - 30),
    random,
  );
  assertEquals(largest.length, MAX_BINARY_FRAME_SIZE);
  decodePush(SHARED_KEY, largest);
  assertThrows(
    () => decodePush(SHARED_KEY, new Uint8Array(MAX_BINARY_FRAME_SIZE + 1)),
    DecodeError,
    `need at most ${MAX_BINARY_FRAME_SIZE} bytes`,
  );
});

Deno.test("decodePush() reads a view into a larger buffer and returns bytes of its own", () => {
  for (
    const frame of [OPEN_PUSH, encodePush(SHARED_KEY, fill(21, 1), random)]
  ) {
    const buffer = concat(fill(5, 7), frame, fill(5, 7));
    const payload = decodePush(SHARED_KEY, buffer.subarray(5, -5));
    buffer.fill(0);
    assertEquals(payload, fill(21, 1));
  }
});

Deno.test("largest frame: a packet of 32 KiB to an IPv6 address", () => {
  const frame = encodeForward(
    SHARED_KEY,
    {
      ...MIX_PACKET,
      firstHop: { host: "2001:db8::1", port: 1789 },
      packet: random(PACKET_SIZE.extended32.total),
    },
    6,
    random,
  );
  assertEquals(frame.length, MAX_BINARY_FRAME_SIZE);
});

Deno.test("encodeForward() is read back as it was", () => {
  const packet = fc.constantFrom("ack", "regular", "extended8" as const)
    .map((name) => random(PACKET_SIZE[name].total));
  const mixPacket = fc.record({
    packetType: fc.constant(0 as const),
    rotation: fc.constantFrom("unknown" as const, "odd" as const, "even"),
    firstHop: fc.record({ host: fc.ipV4(), port: fc.nat(65535) }),
    packet,
  });
  fc.assert(fc.property(mixPacket, (mixPacket) => {
    const frame = encodeForward(SHARED_KEY, mixPacket, 5, random);
    assertEquals<MixPacket>(decodeForward(SHARED_KEY, frame), mixPacket);
  }));
});

function openFrame(kind: number, body: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(kind, 0), fill(12, 9), body);
}

function assertRefused(decode: () => unknown): void {
  const error = assertThrows(decode);
  assert(error instanceof DecodeError || error instanceof CryptoError);
}
