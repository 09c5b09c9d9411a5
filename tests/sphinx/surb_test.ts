import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { DecodeError } from "../../lib/errors.ts";
import { finishPacket, peelHeader } from "../../lib/sphinx/process.ts";
import {
  createSurb,
  decodeSurb,
  encodeSurb,
  useSurb,
} from "../../lib/sphinx/surb.ts";
import type { SphinxVersion } from "../../lib/sphinx/version.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { packetInput } from "./arbitraries.ts";
import { testNodes } from "./fixtures.ts";

await cryptoReady();

Deno.test("useSurb() reaches the maker of a block that was encoded and decoded", () => {
  const property = fc.property(packetInput, (input) => {
    const surb = decodeSurb(encodeSurb(createSurb(input)));
    const used = useSurb(surb, input.message, input.payloadSize);
    assertEquals(used.firstHop, input.route[0]!.address);
    let { packet } = used;
    for (const [i, { secret }] of input.route.entries()) {
      assertEquals(packet.length, 348 + input.payloadSize);
      const processed = finishPacket(peelHeader(packet, secret));
      assertEquals(processed.version, input.version);
      if (processed.kind === "forward") {
        assertEquals(processed.delay, input.delays[i]);
        packet = processed.packet;
      } else {
        assertEquals(processed.destination, input.destination);
        assertEquals(processed.identifier, input.identifier);
        assertEquals(processed.message, input.message);
      }
    }
  });
  fc.assert(property, { numRuns: 80 });
});

Deno.test("encodeSurb() is as long as the keys of its version", () => {
  const sizes = [[258, 1, 572], [258, 4, 1148], [258, 5, 1340], [257, 4, 1148]];
  sizes.push([259, 1, 396], [259, 4, 444], [259, 5, 460]);
  for (const [version, hops, size] of sizes) {
    const encoded = encodeSurb(surbOf(version as SphinxVersion, hops!));
    assertEquals(encoded.length, size);
    assertEquals(encodeSurb(decodeSurb(encoded)), encoded);
    assertEquals(decodeSurb(encoded).keys.length, hops);
  }
});

Deno.test("decodeSurb() refuses keys of no number of hops", () => {
  for (const keys of [0, 1, 15, 17, 96, 176, 191, 193, 400, 1152]) {
    assertThrows(() => decodeSurb(new Uint8Array(380 + keys)), DecodeError);
  }
  assertThrows(() => decodeSurb(new Uint8Array(379)), DecodeError);
  assertThrows(() => decodeSurb(new Uint8Array(0)), DecodeError);
});

Deno.test("decodeSurb() copies what it is given", () => {
  const encoded = encodeSurb(surbOf(259, 4));
  const surb = decodeSurb(encoded);
  const before = encoded.slice();
  encoded.fill(0);
  assertEquals(encodeSurb(surb), before);
});

Deno.test("useSurb() refuses a message that does not fit", () => {
  const surb = surbOf(259, 4);
  useSurb(surb, new Uint8Array(21), 38);
  assertThrows(() => useSurb(surb, new Uint8Array(22), 38), RangeError);
});

Deno.test("useSurb() twice gives packets with the same replay tag", () => {
  const [node] = testNodes(1);
  const surb = surbOf(259, 4);
  const [a, b] = [1, 2].map((i) =>
    peelHeader(useSurb(surb, Uint8Array.of(i), 38).packet, node!.secret)
  );
  assertEquals(a!.replayTag, b!.replayTag);
  assert(a!.packet.toHex() !== b!.packet.toHex());
});

function surbOf(version: SphinxVersion, hops: number) {
  const route = testNodes(hops);
  return createSurb({
    route,
    delays: route.map(() => 5n),
    destination: new Uint8Array(32).fill(0xdd),
    version,
    random: seededRandom(hops),
  });
}
