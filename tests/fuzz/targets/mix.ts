import { concat } from "../../../lib/bytes/concat.ts";
import { encodeMixFrame } from "../../../lib/wire/mix/frame.ts";
import { MixFramer } from "../../../lib/wire/mix/framer.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import type { FuzzRandom } from "../fuzz_random.ts";
import { mutateBytes } from "../mutate_bytes.ts";
import { type FuzzTarget, fuzzTarget } from "../target.ts";

/** The byte stream of a mix port, chopped at random. */
export function mixTargets(): FuzzTarget[] {
  const random = seededRandom(3);
  const frame = (version: 7 | 8) =>
    encodeMixFrame({
      packetSize: "ack",
      packetType: 0,
      rotation: "even",
      packet: random(386),
    }, version);
  const streams = [
    frame(7),
    frame(8),
    concat(frame(7), frame(8), frame(7)),
  ];
  return [fuzzTarget({
    name: "mix frames",
    draw: (random) => chop(random, mutateBytes(random, streams)),
    feed(chunks) {
      const framer = new MixFramer();
      for (const chunk of chunks) {
        for (const { packet } of framer.push(chunk)) packet.fill(0);
      }
      framer.end();
    },
  })];
}

function chop(random: FuzzRandom, bytes: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const size = 1 + random.below(random.chance(0.3) ? 4 : 900);
    chunks.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return chunks;
}
