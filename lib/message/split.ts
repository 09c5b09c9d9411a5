import type { Bytes } from "../bytes/brand.ts";
import type { RandomSource } from "../crypto/random.ts";
import { type Fragment, MAX_FRAGMENTS, MAX_SET_ID } from "./fragment.ts";
import type { DataPacketSizeName } from "./packet_size.ts";
import { linkedPayload, planSplit, unlinkedPayload } from "./split_plan.ts";

/** Options of {@linkcode split}. */
export interface SplitOptions {
  /** The packets that the fragments have to fill. */
  readonly packetSize: DataPacketSizeName;
  /** Draws the ids of the sets. */
  readonly random: RandomSource;
}

/**
 * Cut a message into fragments that fill their packets exactly. The message may come in parts, which are joined and padded
 * once; the payloads of all fragments are views into that one array, so that a message of any length costs its own size.
 */
export function split(
  parts: readonly Uint8Array[],
  options: SplitOptions,
): Fragment[] {
  const { packetSize, random } = options;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const plan = planSplit(length, packetSize);
  const setIds = drawSetIds(plan.sets, random);
  const padded = pad(parts, plan.paddedLength);
  const fragments: Fragment[] = [];
  let offset = 0;
  for (let i = 0; i < plan.fragments; i++) {
    const set = Math.floor(i / MAX_FRAGMENTS);
    const index = i % MAX_FRAGMENTS + 1;
    const linkedSetId = linkOf(setIds, set, index);
    const end = offset +
      (linkedSetId === undefined
        ? unlinkedPayload(packetSize)
        : linkedPayload(packetSize));
    fragments.push({
      setId: setIds[set]!,
      total: Math.min(MAX_FRAGMENTS, plan.fragments - set * MAX_FRAGMENTS),
      index,
      linkedSetId,
      payload: padded.subarray(offset, end),
    });
    offset = end;
  }
  return fragments;
}

/** A random id for a set of fragments: the magnitude of a signed 32-bit number that is neither 0 nor -2^31. */
export function drawSetId(random: RandomSource): number {
  for (;;) {
    const bytes = random(4);
    const id = Math.abs(
      new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0),
    );
    if (id >= 1 && id <= MAX_SET_ID) return id;
  }
}

function drawSetIds(count: number, random: RandomSource): number[] {
  const ids = new Set<number>();
  while (ids.size < count) ids.add(drawSetId(random));
  return [...ids];
}

function pad(parts: readonly Uint8Array[], length: number): Bytes {
  const padded = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    padded.set(part, offset);
    offset += part.length;
  }
  padded[offset] = 1;
  return padded;
}

/** The first fragment of a set names the set before it, the 255th the set after it. */
function linkOf(
  setIds: readonly number[],
  set: number,
  index: number,
): number | undefined {
  if (index === 1) return setIds[set - 1];
  if (index === MAX_FRAGMENTS) return setIds[set + 1];
  return undefined;
}
