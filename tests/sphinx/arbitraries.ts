import fc from "fast-check";
import type { Bytes } from "../../lib/bytes/brand.ts";
import { SPHINX_VERSION } from "../../lib/sphinx/version.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { testNodes } from "./fixtures.ts";

/** Payload sizes of all packet sizes: regular, ack, extended 8, 16 and 32. */
export const PAYLOAD_SIZES = [2065, 38, 8209, 16401, 32785] as const;

/** Exactly `length` bytes. */
export function bytes(length: number): fc.Arbitrary<Bytes> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((drawn) =>
    new Uint8Array(drawn)
  );
}

/** Everything that {@linkcode buildPacket} takes, with the secrets of the nodes in the route. */
export const packetInput = fc.record({
  version: fc.constantFrom(...Object.values(SPHINX_VERSION)),
  route: fc.integer({ min: 1, max: 5 }).map(testNodes),
  payloadSize: fc.constantFrom(...PAYLOAD_SIZES),
  delay: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  destination: bytes(32),
  identifier: bytes(16),
  fill: fc.double({ min: 0, max: 1, noNaN: true }),
  seed: fc.nat(),
}).map(({ delay, fill, seed, ...input }) => ({
  ...input,
  delays: input.route.map(() => delay),
  message: seededRandom(seed)(Math.round(fill * (input.payloadSize - 17))),
  random: seededRandom(seed + 1),
}));
