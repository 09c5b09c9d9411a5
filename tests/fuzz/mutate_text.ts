import type { FuzzRandom } from "./fuzz_random.ts";

/** Pieces at which parsers stumble. */
const PIECES = [
  ..."\"\\{}[]:,-+.eE0 \n\r\t'=#/",
  "\0",
  "\u001f",
  "\ud800",
  "\udc00",
  "\u{1f600}",
  "\ufeff",
  "\\u0000",
  "\\ud800",
  "\\",
  "null",
  "true",
  "NaN",
  "1e999",
  "-0",
  "0x10",
  "18446744073709551616",
  "__proto__",
  '"type":',
  "1".repeat(400),
];

/** More of the same in an array finds nothing new and takes its time. */
const MAX_COPIES = 500;

const DEPTHS = [130, 1000, 20_000];

/** One of `valid` with some characters changed. */
export function mutateText(
  random: FuzzRandom,
  valid: readonly string[],
): string {
  const kind = random.below(100);
  let text = random.pick(valid);
  if (kind === 0) return text;
  if (kind === 1) return noise(random);
  do text = changeText(text, random, valid); while (random.chance(0.4));
  return text;
}

/** One of `valid` with a member, element or value changed, or with some characters changed. */
export function mutateJson(
  random: FuzzRandom,
  valid: readonly unknown[],
): string {
  let value = random.pick(valid);
  do value = changeValue(value, random); while (random.chance(0.3));
  const text = JSON.stringify(value) ?? "";
  return random.chance(0.3) ? changeText(text, random, [text]) : text;
}

function changeText(
  text: string,
  random: FuzzRandom,
  others: readonly string[],
): string {
  const offset = random.below(text.length + 1);
  const before = text.slice(0, offset);
  const rest = text.slice(offset);
  switch (random.below(10)) {
    case 0:
      return before;
    case 1:
      return rest;
    case 2:
      return before + rest.slice(random.length());
    case 3:
    case 4:
      return before + random.pick(PIECES) + rest;
    case 5:
      return before + random.pick(PIECES) + rest.slice(1);
    case 6:
      return before + text.slice(0, random.length()) + rest;
    case 7:
      return before + random.pick(others).slice(random.below(text.length));
    case 8:
      return before + String.fromCharCode(random.below(128)) + rest.slice(1);
    default:
      return random.chance(0.01)
        ? before + random.pick(["[", '{"a":', "("]).repeat(random.pick(DEPTHS))
        : before + rest.slice(1);
  }
}

function noise(random: FuzzRandom): string {
  const length = random.below(40);
  return Array.from({ length }, () => random.pick(PIECES)).join("");
}

function changeValue(value: unknown, random: FuzzRandom): unknown {
  if (typeof value !== "object" || value === null || random.chance(0.05)) {
    return junk(value, random);
  }
  const keys = Object.keys(value);
  // Arrays are objects whose keys are indices.
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<
    string,
    unknown
  >;
  if (keys.length === 0) return put({}, random.pick(PIECES), junk(0, random));
  const key = random.pick(keys);
  switch (random.below(10)) {
    case 0:
      if (Array.isArray(copy)) copy.splice(Number(key), 1);
      else delete copy[key];
      return copy;
    case 1:
      if (Array.isArray(copy)) copy.push(...copy.slice(-MAX_COPIES));
      else put(copy, random.pick([...PIECES, ...keys]), copy[key]);
      return copy;
    case 2:
      copy[key] = copy[random.pick(keys)];
      return copy;
    default:
      copy[key] = changeValue(copy[key], random);
      return copy;
  }
}

/** Assigning would not do: `__proto__` is among the keys. */
function put(object: object, key: string, value: unknown): object {
  return Object.defineProperty(object, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

const NUMBERS = [
  0,
  1,
  -1,
  0.5,
  255,
  256,
  65_535,
  65_536,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 64,
  1e300,
  -1e300,
];

function junk(value: unknown, random: FuzzRandom): unknown {
  if (typeof value === "string" && random.chance(0.6)) {
    return changeText(value, random, [value]);
  }
  if (typeof value === "number" && random.chance(0.6)) {
    return random.chance(0.5)
      ? value + random.pick([-1, 1])
      : random.pick(NUMBERS);
  }
  switch (random.below(9)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick(NUMBERS);
    case 3:
      return random.pick(PIECES).repeat(random.length());
    case 4:
      return [value];
    case 5:
      return { value };
    case 6:
      return Array.from(
        { length: Math.min(random.length(), MAX_COPIES) },
        () => value,
      );
    case 7:
      return {};
    default:
      return [];
  }
}
