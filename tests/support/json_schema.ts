/** A JSON Schema, as far as {@linkcode violations} knows it; `false` refuses everything. */
export type Schema = boolean | { readonly [keyword: string]: unknown };

const ANNOTATIONS = [
  "$schema",
  "$id",
  "title",
  "description",
  "$defs",
  "default",
  "examples",
];

/**
 * What is wrong with a value, as paths with words; nothing if it fits. Knows the keywords that our published schemas use
 * (JSON Schema 2020-12) and throws on any other, so that none is silently without effect.
 */
export function violations(
  value: unknown,
  schema: Schema,
  root: Schema = schema,
  path = "",
): string[] {
  if (schema === true) return [];
  if (schema === false) return [`${path}: not allowed`];
  return Object.entries(schema).flatMap(([keyword, rule]) =>
    check({ value, keyword, rule, schema, root, path })
  );
}

interface Check {
  value: unknown;
  keyword: string;
  rule: unknown;
  schema: { readonly [keyword: string]: unknown };
  root: Schema;
  path: string;
}

function check({ value, keyword, rule, schema, root, path }: Check): string[] {
  const fails = (wrong: boolean, words: string) =>
    wrong ? [`${path || "."}: ${words}`] : [];
  const isObject = typeof value === "object" && value !== null &&
    !Array.isArray(value);
  const object = (isObject ? value : {}) as Record<string, unknown>;
  // The casts below are what each keyword holds by the standard.
  switch (keyword) {
    case "$ref":
      return violations(value, resolve(root, rule as string), root, path);
    case "type":
      return fails(
        ![rule].flat().some((type) => typeOf(value, type as string)),
        `need ${rule}`,
      );
    case "const":
      return fails(value !== rule, `need ${JSON.stringify(rule)}`);
    case "enum":
      return fails(
        !(rule as unknown[]).includes(value),
        `need one of ${JSON.stringify(rule)}`,
      );
    case "minimum":
      return fails(
        typeof value === "number" && value < (rule as number),
        `need at least ${rule}`,
      );
    case "maximum":
      return fails(
        typeof value === "number" && value > (rule as number),
        `need at most ${rule}`,
      );
    case "minLength":
      return fails(
        typeof value === "string" && value.length < (rule as number),
        `need ${rule} characters`,
      );
    case "maxLength":
      return fails(
        typeof value === "string" && value.length > (rule as number),
        `too long`,
      );
    case "pattern":
      return fails(
        typeof value === "string" &&
          !new RegExp(rule as string, "u").test(value),
        `need ${rule}`,
      );
    case "format":
      return fails(
        rule === "date-time" && Number.isNaN(Date.parse(value as string)),
        "need a time",
      );
    case "contentEncoding":
      return [];
    case "required":
      return (rule as string[]).flatMap((key) =>
        fails(isObject && !Object.hasOwn(object, key), `need ${key}`)
      );
    case "properties":
      return Object.entries(rule as Record<string, Schema>).flatMap(
        ([key, inner]) =>
          Object.hasOwn(object, key)
            ? violations(object[key], inner, root, `${path}.${key}`)
            : [],
      );
    case "additionalProperties": {
      const known = Object.keys((schema.properties ?? {}) as object);
      return Object.entries(object).filter(([key]) => !known.includes(key))
        .flatMap(([key, inner]) =>
          violations(inner, rule as Schema, root, `${path}.${key}`)
        );
    }
    case "items":
      return Array.isArray(value)
        ? value.flatMap((item, index) =>
          violations(item, rule as Schema, root, `${path}[${index}]`)
        )
        : [];
    case "maxItems":
      return fails(
        Array.isArray(value) && value.length > (rule as number),
        "too many",
      );
    case "oneOf":
    case "anyOf": {
      const results = (rule as Schema[]).map((inner) =>
        violations(value, inner, root, path)
      );
      const fitting = results.filter((result) => result.length === 0).length;
      return fails(
        keyword === "oneOf" ? fitting !== 1 : fitting === 0,
        `fits ${fitting} of ${results.length}: ${results.flat().join("; ")}`,
      );
    }
    case "allOf":
      return (rule as Schema[]).flatMap((inner) =>
        violations(value, inner, root, path)
      );
    case "not":
      return fails(
        violations(value, rule as Schema, root, path).length === 0,
        "not allowed",
      );
    default:
      if (ANNOTATIONS.includes(keyword)) return [];
      throw new TypeError(`Cannot check keyword "${keyword}"`);
  }
}

function resolve(root: Schema, reference: string): Schema {
  const steps = reference.replace(/^#\/?/, "").split("/").filter(Boolean);
  // Each step goes into what the schema holds there.
  return steps.reduce<unknown>(
    (at, step) => (at as Record<string, unknown>)[step],
    root,
  ) as Schema;
}

function typeOf(value: unknown, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null &&
        !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "string":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    default:
      throw new TypeError(`Cannot check type "${type}"`);
  }
}
