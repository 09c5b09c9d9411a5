import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Bytes } from "../../lib/bytes/brand.ts";
import { concat } from "../../lib/bytes/concat.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { x25519 } from "../../lib/crypto/x25519.ts";
import { CryptoError, DecodeError } from "../../lib/errors.ts";
import { headerMac, keyStream } from "../../lib/sphinx/header.ts";
import { expandSharedSecret } from "../../lib/sphinx/hop_keys.ts";
import { buildPacket } from "../../lib/sphinx/packet.ts";
import { finishPacket, peelHeader } from "../../lib/sphinx/process.ts";
import type { SphinxVersion } from "../../lib/sphinx/version.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { xor } from "../support/xor.ts";
import { packetInput } from "./arbitraries.ts";
import { type TestNode, testNodes } from "./fixtures.ts";

await cryptoReady();

const ALPHA_BITS = 32 * 8;
const HEADER_BITS = 348 * 8;

Deno.test("peelHeader() refuses a header with any bit flipped", () => {
  const [node] = testNodes(1);
  const packet = packetOf(259);
  for (let bit = 0; bit < HEADER_BITS; bit++) {
    if (bit === ALPHA_BITS - 1) continue;
    const changed = flip(packet, bit);
    assertThrows(() => peelHeader(changed, node!.secret), CryptoError);
  }
});

Deno.test("peelHeader() ignores the bit of α that X25519 ignores, with the same replay tag", () => {
  const [node] = testNodes(1);
  const packet = packetOf(259);
  const changed = flip(packet, ALPHA_BITS - 1);
  assertEquals(
    peelHeader(changed, node!.secret).replayTag,
    peelHeader(packet, node!.secret).replayTag,
  );
});

Deno.test("finishPacket() makes the next hop refuse what a hop in between changed in the header", () => {
  const property = fc.property(
    packetInput.filter(({ route }) => route.length > 1),
    fc.nat(HEADER_BITS - 1).filter((bit) => bit !== ALPHA_BITS - 1),
    (input, bit) => {
      const [first, second] = input.route;
      const processed = finishPacket(
        peelHeader(buildPacket(input), first!.secret),
      );
      assert(processed.kind === "forward");
      peelHeader(processed.packet, second!.secret);
      const changed = flip(processed.packet, bit);
      assertThrows(() => peelHeader(changed, second!.secret), CryptoError);
    },
  );
  fc.assert(property, { numRuns: 60 });
});

Deno.test("finishPacket() notices at the last hop a payload bit flipped at any hop", () => {
  const property = fc.property(
    packetInput,
    fc.nat(4),
    fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    (input, at, place) => {
      const payloadBits = input.payloadSize * 8;
      const bit = HEADER_BITS + Math.floor(place * payloadBits);
      const hop = at % input.route.length;
      assertThrows(
        () => travel(buildPacket(input), input.route, { hop, bit }),
        DecodeError,
        "Cannot recover payload",
      );
    },
  );
  fc.assert(property, { numRuns: 60 });
});

Deno.test("peelHeader() refuses the key of another node", () => {
  const [, other] = testNodes(2);
  assertThrows(() => peelHeader(packetOf(259), other!.secret), CryptoError);
});

Deno.test("peelHeader() refuses α of small order", () => {
  const [node] = testNodes(1);
  for (const first of [0, 1]) {
    const packet = packetOf(259);
    packet.fill(0, 0, 32);
    packet[0] = first;
    assertThrows(() => peelHeader(packet, node!.secret), CryptoError);
  }
});

Deno.test("peelHeader() refuses packets without 33 bytes of payload", () => {
  const [node] = testNodes(1);
  const packet = packetOf(259);
  for (const length of [0, 31, 348, 348 + 32]) {
    assertThrows(
      () => peelHeader(packet.subarray(0, length), node!.secret),
      DecodeError,
    );
  }
  peelHeader(packet.subarray(0, 348 + 33), node!.secret);
});

Deno.test("peelHeader() gives the same tag for the same packet, and leaves the packet alone", () => {
  const [node] = testNodes(1);
  const packet = packetOf(258);
  const before = packet.slice();
  const { replayTag } = peelHeader(packet, node!.secret);
  packet.fill(0, 348);
  assertEquals(peelHeader(packet, node!.secret).replayTag, replayTag);
  assertEquals(packet.subarray(0, 348), before.subarray(0, 348));
  assertEquals(replayTag.length, 32);
});

Deno.test("finishPacket() works on a view into a longer buffer", () => {
  const [node] = testNodes(1);
  const packet = packetOf(259);
  const framed = concat(new Uint8Array(7), packet, new Uint8Array(5));
  const view = framed.subarray(7, 7 + packet.length);
  assertEquals(
    finishPacket(peelHeader(view, node!.secret)),
    finishPacket(peelHeader(packet, node!.secret)),
  );
  assertEquals(framed.subarray(7, 7 + packet.length), packet);
});

Deno.test("finishPacket() refuses unknown flags", () => {
  const [node] = testNodes(1);
  for (const flag of [0, 3, 255]) {
    const packet = forge(packetOf(259), node!, (block) => block[0] = flag);
    assertThrows(
      () => finishPacket(peelHeader(packet, node!.secret)),
      DecodeError,
      `unknown flag ${flag}`,
    );
  }
});

Deno.test("finishPacket() treats unknown versions as 259, and ignores the reserved byte", () => {
  const nodes = testNodes(4);
  const packet = packetOf(259);
  const expected = finishPacket(peelHeader(packet, nodes[0]!.secret));
  for (const version of [0, 2, 260, 0xffff]) {
    const forged = forge(packet, nodes[0]!, (block) => {
      block[1] = 0xee;
      block[2] = version >> 8;
      block[3] = version & 0xff;
    });
    const processed = finishPacket(peelHeader(forged, nodes[0]!.secret));
    assertEquals(processed, { ...expected, version });
  }
});

Deno.test("finishPacket() blinds by the version of its own block", () => {
  const nodes = testNodes(4);
  for (const [built, claimed] of [[257, 259], [259, 257]] as const) {
    const forged = forge(packetOf(built), nodes[0]!, (block) => {
      block[2] = 1;
      block[3] = claimed & 0xff;
    });
    const processed = finishPacket(peelHeader(forged, nodes[0]!.secret));
    assert(processed.kind === "forward");
    assertThrows(
      () => peelHeader(processed.packet, nodes[1]!.secret),
      CryptoError,
    );
  }
});

function packetOf(version: SphinxVersion): Bytes {
  return buildPacket({
    route: testNodes(4),
    delays: [1n, 2n, 3n, 4n],
    destination: new Uint8Array(32).fill(0xdd),
    message: new Uint8Array(21).fill(0xff),
    payloadSize: 38,
    version,
    random: seededRandom(version),
  });
}

function flip(packet: Uint8Array, bit: number): Bytes {
  const changed = new Uint8Array(packet);
  changed[bit >> 3]! ^= 1 << (bit & 7);
  return changed;
}

/** What a sender would have built that wrote other things into the first block. */
function forge(
  packet: Bytes,
  { secret }: TestNode,
  change: (block: Bytes) => void,
): Bytes {
  const alpha = packet.subarray(0, 32);
  const keys = expandSharedSecret(x25519(secret, alpha));
  const stream = keyStream(keys.streamKey);
  const block = xor(packet.subarray(48, 348), stream);
  change(block);
  const routing = xor(block, stream);
  const mac = headerMac(keys.macKey, routing);
  return concat(alpha, mac, routing, packet.subarray(348));
}

function travel(
  packet: Bytes,
  route: readonly TestNode[],
  damage: { hop: number; bit: number },
): Bytes {
  for (const [i, { secret }] of route.entries()) {
    if (i === damage.hop) packet = flip(packet, damage.bit);
    const processed = finishPacket(peelHeader(packet, secret));
    if (processed.kind === "final") return processed.message;
    packet = processed.packet;
  }
  throw new Error("no hop was the last one");
}
