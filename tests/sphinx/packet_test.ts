import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { HEADER_SIZE } from "../../lib/sphinx/constants.ts";
import { buildPacket, type BuildPacketInput } from "../../lib/sphinx/packet.ts";
import { finishPacket, peelHeader } from "../../lib/sphinx/process.ts";
import { SPHINX_VERSION } from "../../lib/sphinx/version.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { packetInput, PAYLOAD_SIZES } from "./arbitraries.ts";
import { testNodes } from "./fixtures.ts";

await cryptoReady();

Deno.test("buildPacket() is undone by as many hops, any version, route, size and message", () => {
  fc.assert(
    fc.property(packetInput, (input) => {
      let packet = buildPacket(input);
      for (const [i, { secret }] of input.route.entries()) {
        assertEquals(packet.length, HEADER_SIZE + input.payloadSize);
        const processed = finishPacket(peelHeader(packet, secret));
        assertEquals(processed.version, input.version);
        if (processed.kind === "final") {
          assertEquals(i, input.route.length - 1);
          assertEquals(processed.destination, input.destination);
          assertEquals(processed.identifier, input.identifier);
          assertEquals(processed.message, input.message);
        } else {
          assertEquals(processed.nextHop, input.route[i + 1]!.address);
          assertEquals(processed.delay, input.delays[i]);
          packet = processed.packet;
        }
      }
    }),
    { numRuns: 150 },
  );
});

for (const version of Object.values(SPHINX_VERSION)) {
  Deno.test(`buildPacket() works with every number of hops and every size, version ${version}`, () => {
    for (let hops = 1; hops <= 5; hops++) {
      for (const payloadSize of PAYLOAD_SIZES) {
        const route = testNodes(hops);
        const input = inputOf({
          route,
          payloadSize,
          version,
          delays: route.map(() => 1n),
          message: new Uint8Array(payloadSize - 17).fill(1),
        });
        let packet = buildPacket(input);
        for (const { secret } of route) {
          const processed = finishPacket(peelHeader(packet, secret));
          if (processed.kind === "final") {
            assertEquals(processed.message, input.message);
            assertEquals(processed.identifier, new Uint8Array(16));
          } else packet = processed.packet;
        }
      }
    }
  });
}

Deno.test("buildPacket() draws the initial secret, then the final padding, and nothing else", () => {
  for (const [i, padding] of [248, 188, 128, 68, 8].entries()) {
    const draws: number[] = [];
    const random = seededRandom(1);
    const route = testNodes(i + 1);
    buildPacket(inputOf({
      route,
      delays: route.map(() => 0n),
      random: (length) => {
        draws.push(length);
        return random(length);
      },
    }));
    assertEquals(draws, [32, padding]);
  }
});

Deno.test("buildPacket() does not encode the delay of the last hop", () => {
  const a = buildPacket(inputOf({ delays: [1n, 2n, 3n, 4n] }));
  const b = buildPacket(inputOf({ delays: [1n, 2n, 3n, 5n] }));
  assertEquals(a, b);
});

Deno.test("buildPacket() carries delays of all 64 bits", () => {
  const [node] = testNodes(1);
  for (
    const delay of [0n, 1n, 15_000_000n, 10_000_000_000n, 2n ** 63n, MAX_DELAY]
  ) {
    const packet = buildPacket(
      inputOf({ delays: [delay, delay, delay, delay] }),
    );
    const processed = finishPacket(peelHeader(packet, node!.secret));
    assertEquals(processed.kind === "forward" && processed.delay, delay);
  }
});

Deno.test("buildPacket() refuses what cannot be encoded", () => {
  const zeros = (n: number) => Array.from({ length: n }, () => 0n);
  const wrong: Partial<BuildPacketInput>[] = [
    { route: [], delays: [] },
    { route: testNodes(6), delays: zeros(6) },
    { delays: zeros(3) },
    { delays: zeros(5) },
    { delays: [-1n, 0n, 0n, 0n] },
    { delays: [MAX_DELAY + 1n, 0n, 0n, 0n] },
    { payloadSize: 32, message: new Uint8Array(0) },
    { payloadSize: 38.5 },
    { payloadSize: 38, message: new Uint8Array(22) },
    { destination: new Uint8Array(31) },
    { identifier: new Uint8Array(17) },
    { route: testNodes(4).map((n) => ({ ...n, address: n.secret.slice(1) })) },
    {
      route: testNodes(4).map((n) => ({ ...n, publicKey: n.secret.slice(1) })),
    },
  ];
  for (const change of wrong) {
    assertThrows(() => buildPacket(inputOf(change)), RangeError);
  }
});

const MAX_DELAY = 2n ** 64n - 1n;

function inputOf(change: Partial<BuildPacketInput>): BuildPacketInput {
  return {
    route: testNodes(4),
    delays: [1n, 2n, 3n, 4n],
    destination: new Uint8Array(32).fill(0xdd),
    message: new TextEncoder().encode("hello"),
    payloadSize: 38,
    version: SPHINX_VERSION.seeds,
    random: seededRandom(7),
    ...change,
  };
}
