/** A document with one thing changed. */
export interface JsonMutation {
  /** Where, as errors name it. */
  readonly path: string;
  /** What was done there. */
  readonly change: "removed" | "replaced";
  /** The changed document. */
  readonly text: string;
}

const REPLACEMENTS: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e300,
  "",
  "x".repeat(300),
  [],
  [256],
  {},
  { constructor: 1 },
];

/** Every document that differs from `value` in one member or element: left out, or replaced by something of another type. */
export function* jsonMutations(value: unknown): Generator<JsonMutation> {
  for (const { holder, key, path } of places(value)) {
    const original = holder[key];
    for (const replacement of REPLACEMENTS) {
      if (JSON.stringify(replacement) === JSON.stringify(original)) continue;
      holder[key] = replacement;
      yield { path, change: "replaced", text: JSON.stringify(value) };
    }
    if (!Array.isArray(holder)) {
      delete holder[key];
      yield { path, change: "removed", text: JSON.stringify(value) };
    }
    holder[key] = original;
  }
}

/** Every proper beginning of a text. */
export function* truncations(text: string): Generator<string> {
  for (let length = 0; length < text.length; length++) {
    yield text.slice(0, length);
  }
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
  readonly path: string;
}

function places(value: unknown, path = ""): Place[] {
  if (typeof value !== "object" || value === null) return [];
  // Arrays are objects whose keys are indices.
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => {
    const step = Array.isArray(value) ? `[${key}]` : `.${key}`;
    const here = `${path}${step}`.replace(/^\./, "");
    return [{ holder, key, path: here }, ...places(holder[key], here)];
  });
}
