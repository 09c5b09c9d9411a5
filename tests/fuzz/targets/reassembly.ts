import { assert } from "@std/assert";
import { type Fragment, MAX_FRAGMENTS } from "../../../lib/message/fragment.ts";
import { Reassembler } from "../../../lib/message/reassemble.ts";
import type { FuzzRandom } from "../fuzz_random.ts";
import { type FuzzTarget, fuzzTarget } from "../target.ts";

const LIMITS = {
  openSets: 64,
  bytes: 200_000,
  finishedSets: 1000,
  staleAfter: 5000,
  sweepEvery: 100,
};

/** Fragments of a peer that sends whatever it likes, into one reassembler for the whole run. */
export function reassemblyTargets(): FuzzTarget[] {
  const reassembler = new Reassembler({ limits: LIMITS });
  let now = 0;
  return [fuzzTarget({
    name: "reassembly",
    draw: drawFragment,
    feed(fragment) {
      now += 3;
      const outcome = reassembler.push(fragment, now);
      assert(reassembler.openSets <= LIMITS.openSets);
      assert(reassembler.bytes <= LIMITS.bytes);
      if (outcome.kind === "message") assert(outcome.setIds.length > 0);
    },
  })];
}

/** Few sets, so that they meet; short ones, so that they become whole; links to anywhere. */
function drawFragment(random: FuzzRandom): Fragment {
  const setId = 1 + random.below(random.chance(0.9) ? 300 : 2 ** 31 - 1);
  const total = random.chance(0.8)
    ? 1 + (setId % 4)
    : random.pick([1, 2, MAX_FRAGMENTS]);
  const index = 1 + random.below(total);
  const canLink = index === 1 || index === MAX_FRAGMENTS;
  const linkedSetId = canLink && random.chance(0.3)
    ? 1 + (setId + random.below(4)) % 300
    : undefined;
  return {
    setId,
    total,
    index,
    linkedSetId: linkedSetId === setId ? undefined : linkedSetId,
    payload: random.chance(0.5)
      ? Uint8Array.of(0, 1, 0)
      : random.bytes(random.length()),
  };
}
