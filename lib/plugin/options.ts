import type { JsonValue, OptionSchema, PluginOptions } from "./api.ts";

/** A value that a schema refuses: where, and what it needs. */
export class OptionMismatch extends Error {
  override name = "OptionMismatch";

  /** The option that it is about; nothing if there is none of that name. */
  get option(): string | undefined {
    return /^([\w-]+)(?!.*: there is )/.exec(this.message)?.[1];
  }
}

/**
 * Check the options of a plugin and fill in what is missing.
 *
 * @throws {OptionMismatch} Naming the option, what it needs and what it has.
 */
export function applyOptions(
  schema: OptionSchema,
  values: PluginOptions,
): PluginOptions {
  return applyMembers(schema, values, "");
}

/**
 * Read the text of `--set NAME.key=value` as what the schema says: bare words for strings, numbers and booleans, JSON for
 * objects, and for arrays either JSON or one element, which is added to `before`.
 *
 * @throws {OptionMismatch} If it cannot be read as that.
 */
export function readOptionText(
  schema: OptionSchema,
  text: string,
  path: string,
  before?: JsonValue,
): JsonValue {
  switch (schema.type) {
    case "string":
      return text;
    case "boolean":
      if (text === "true" || text === "false") return text === "true";
      throw mismatch(path, "true or false", text);
    case "number":
    case "integer":
      if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
        return Number(text);
      }
      throw mismatch(path, "a number", text);
    case "object":
      return readJson(text, path);
    case "array": {
      if (text.startsWith("[")) return readJson(text, path);
      const item = readOptionText(schema.items!, text, path);
      return Array.isArray(before) ? [...before, item] : [item];
    }
    default:
      return schema.type satisfies never;
  }
}

function apply(
  schema: OptionSchema,
  value: JsonValue,
  path: string,
): JsonValue {
  if (schema.enum && !schema.enum.some((choice) => same(choice, value))) {
    const choices = schema.enum.map((choice) => JSON.stringify(choice));
    throw mismatch(path, `one of ${choices.join(", ")}`, value);
  }
  switch (schema.type) {
    case "string":
      if (typeof value !== "string") throw mismatch(path, "a string", value);
      checkRange(
        `${path}: characters`,
        [...value].length,
        [schema.minLength, schema.maxLength],
      );
      return value;
    case "boolean":
      if (typeof value === "boolean") return value;
      throw mismatch(path, "true or false", value);
    case "number":
    case "integer":
      if (
        typeof value !== "number" || !Number.isFinite(value) ||
        schema.type === "integer" && !Number.isSafeInteger(value)
      ) throw mismatch(path, `a ${schema.type}`, value);
      checkRange(path, value, [schema.minimum, schema.maximum]);
      return value;
    case "array":
      if (!Array.isArray(value)) throw mismatch(path, "an array", value);
      checkRange(
        `${path}: elements`,
        value.length,
        [schema.minItems, schema.maxItems],
      );
      return value.map((item, index) =>
        apply(schema.items!, item, `${path}[${index}]`)
      );
    case "object":
      if (!isObject(value)) throw mismatch(path, "an object", value);
      return applyMembers(schema, value, path);
    default:
      return schema.type satisfies never;
  }
}

function applyMembers(
  schema: OptionSchema,
  values: PluginOptions,
  path: string,
): PluginOptions {
  const { properties = {}, required = [], additionalProperties } = schema;
  const at = (key: string) => path === "" ? key : `${path}.${key}`;
  const result: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(values)) {
    const member = Object.hasOwn(properties, key)
      ? properties[key]
      : additionalProperties;
    if (!member) {
      const known = Object.keys(properties);
      throw new OptionMismatch(
        known.length === 0
          ? `${at(key)}: there is nothing to set`
          : `${at(key)}: there is no such option, choose from ${
            known.join(", ")
          }`,
      );
    }
    result.push([key, apply(member, value, at(key))]);
  }
  for (const [key, member] of Object.entries(properties)) {
    if (Object.hasOwn(values, key)) continue;
    if (member.default !== undefined) {
      result.push([key, apply(member, member.default, at(key))]);
    } else if (required.includes(key)) {
      throw new OptionMismatch(`${at(key)}: missing`);
    }
  }
  return Object.fromEntries(result);
}

function checkRange(
  path: string,
  value: number,
  [least = -Infinity, most = Infinity]: readonly (number | undefined)[],
): void {
  if (value >= least && value <= most) return;
  const need = most === Infinity
    ? `at least ${least}`
    : least === -Infinity
    ? `at most ${most}`
    : `${least} to ${most}`;
  throw new OptionMismatch(`${path}: need ${need}, have ${value}`);
}

function readJson(text: string, path: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    throw mismatch(path, "JSON", text);
  }
}

function mismatch(path: string, need: string, have: JsonValue): OptionMismatch {
  const shown = JSON.stringify(have);
  return new OptionMismatch(
    `${path}: need ${need}, have ${
      shown.length > 60 ? `${shown.slice(0, 60)}…` : shown
    }`,
  );
}

function same(a: JsonValue, b: JsonValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether a value is an object of JSON. */
export function isObject(
  value: unknown,
): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
