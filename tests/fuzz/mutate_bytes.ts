import type { Bytes } from "../../lib/bytes/brand.ts";
import { concat } from "../../lib/bytes/concat.ts";
import type { FuzzRandom } from "./fuzz_random.ts";

/** Bytes at which decoders change their mind. */
const EDGES = [0, 1, 2, 3, 4, 5, 0x1f, 0x7f, 0x80, 0xfe, 0xff];

/** Where heads are, and with them most of what decoders look at. */
const HEAD = 48;

type Mutation = (
  bytes: Bytes,
  random: FuzzRandom,
  others: readonly Uint8Array[],
) => Bytes;

const IN_PLACE: readonly Mutation[] = [
  (bytes, random) => at(bytes, random, (b) => b ^ (1 << random.below(8))),
  (bytes, random) => at(bytes, random, () => random.pick(EDGES)),
  (bytes, random) => at(bytes, random, (b) => b + random.pick([-1, 1])),
  (bytes, random) => at(bytes, random, () => random.below(256)),
  fillSome,
  writeNumber,
  copyWithin,
];

const RESIZING: readonly Mutation[] = [
  (bytes, random) => bytes.slice(0, place(bytes, random)),
  (bytes, random) => bytes.slice(place(bytes, random)),
  (bytes, random) => {
    const offset = place(bytes, random);
    const gone = Math.min(random.length(), bytes.length - offset);
    return concat(bytes.subarray(0, offset), bytes.subarray(offset + gone));
  },
  (bytes, random) => put(bytes, random, random.bytes(random.length())),
  (bytes, random) => put(bytes, random, new Uint8Array(random.length())),
  (bytes, random) => {
    const offset = place(bytes, random);
    const again = bytes.subarray(offset, offset + random.length());
    return put(bytes, random, again);
  },
  (bytes, random, others) => {
    const other = random.pick(others);
    return concat(
      bytes.subarray(0, place(bytes, random)),
      other.subarray(place(other, random)),
    );
  },
];

const ALL: readonly Mutation[] = [...IN_PLACE, ...RESIZING];

/** Options of {@linkcode mutateBytes}. */
export interface MutateOptions {
  /** Keep the length as it is. @default false */
  readonly sameLength?: boolean;
}

/** One of `valid` with one to six things changed; now and then noise, and at times nothing at all. */
export function mutateBytes(
  random: FuzzRandom,
  valid: readonly Uint8Array[],
  { sameLength = false }: MutateOptions = {},
): Bytes {
  const kind = random.below(100);
  let bytes = random.pick(valid).slice() as Bytes;
  if (kind === 0) return bytes;
  if (kind === 1) {
    return random.bytes(sameLength ? bytes.length : random.length());
  }
  const mutations = sameLength ? IN_PLACE : ALL;
  do {
    bytes = random.pick(mutations)(bytes, random, valid);
  } while (random.chance(0.4));
  return bytes;
}

/** An offset, half of the time near the front. */
function place({ length }: Uint8Array, random: FuzzRandom): number {
  return random.below(random.chance(0.5) ? Math.min(length, HEAD) : length + 1);
}

function at(
  bytes: Bytes,
  random: FuzzRandom,
  change: (byte: number) => number,
): Bytes {
  const offset = place(bytes, random);
  if (offset < bytes.length) bytes[offset] = change(bytes[offset]!);
  return bytes;
}

function put(bytes: Bytes, random: FuzzRandom, piece: Uint8Array): Bytes {
  const offset = place(bytes, random);
  return concat(bytes.subarray(0, offset), piece, bytes.subarray(offset));
}

function fillSome(bytes: Bytes, random: FuzzRandom): Bytes {
  const offset = place(bytes, random);
  return bytes.fill(random.pick(EDGES), offset, offset + random.length());
}

/** Lengths and counts are written as numbers of two, four or eight bytes. */
function writeNumber(bytes: Bytes, random: FuzzRandom): Bytes {
  const size = random.pick([2, 4, 8]);
  const offset = place(bytes, random);
  if (offset + size > bytes.length) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const small = BigInt(random.pick([0, 1, bytes.length, 255, 65_535, 65_536]));
  const top = 1n << BigInt(8 * size);
  const value = random.pick([small, top - 1n, top / 2n, top / 2n - 1n]);
  const whole = value % top;
  if (size === 2) view.setUint16(offset, Number(whole));
  else if (size === 4) view.setUint32(offset, Number(whole));
  else view.setBigUint64(offset, whole);
  return bytes;
}

function copyWithin(bytes: Bytes, random: FuzzRandom): Bytes {
  const from = place(bytes, random);
  return bytes.copyWithin(place(bytes, random), from, from + random.length());
}
