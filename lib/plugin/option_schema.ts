import type { DecodeError } from "../errors.ts";
import type { JsonReader } from "../wire/json_reader.ts";
import type { JsonValue, OptionSchema } from "./api.ts";

/** The types that an option can have. */
const TYPES = [
  "string",
  "number",
  "integer",
  "boolean",
  "array",
  "object",
] as const;

/** Which keywords go with which types; those under `all` go with every type. */
const KEYWORDS = {
  all: ["type", "description", "default", "enum"],
  string: ["minLength", "maxLength"],
  number: ["minimum", "maximum"],
  integer: ["minimum", "maximum"],
  boolean: [],
  array: ["items", "minItems", "maxItems"],
  object: ["properties", "required", "additionalProperties"],
} as const;

/** How deep options can nest. */
const MAX_DEPTH = 5;

/** How many options there can be in one object. */
const MAX_PROPERTIES = 64;

/**
 * Read the schema of options: a part of JSON Schema that is checked in constant time and space. `pattern` is left out on
 * purpose: a regular expression of a stranger can keep a processor busy for ever.
 *
 * @throws {DecodeError} Naming the place, on a keyword that is not known or does not go with the type.
 */
function readOptionSchema(reader: JsonReader, depth = 0): OptionSchema {
  if (depth > MAX_DEPTH) {
    throw reader.error(`need at most ${MAX_DEPTH} levels, have more`);
  }
  const type = reader.field("type").oneOf(TYPES);
  checkKeywords(reader, type);
  const deeper = (place: JsonReader) => readOptionSchema(place, depth + 1);
  const schema: OptionSchema = {
    type,
    description: reader.optional("description")?.string(1000),
    enum: reader.optional("enum")?.array(256).map(jsonValue),
    ...readBounds(reader),
    items: type === "array" ? readItems(reader, deeper) : undefined,
    ...(type === "object" ? readMembers(reader, deeper) : {}),
    default: hasMember(reader, "default")
      ? jsonValue(reader.field("default"))
      : undefined,
  };
  return schema;
}

/** Read the options of a plugin: the members of one object. */
export function readOptionsSchema(reader: JsonReader): OptionSchema {
  for (const [key, place] of reader.entries(16)) {
    if (key === "type") place.oneOf(["object"]);
    else if (
      !(KEYWORDS.object as readonly string[]).includes(key) &&
      key !== "description"
    ) {
      throw unknownKeyword(place, [...KEYWORDS.object, "description"]);
    }
  }
  return {
    type: "object",
    description: reader.optional("description")?.string(1000),
    ...readMembers(reader, (place) => readOptionSchema(place, 1)),
  };
}

function readMembers(
  reader: JsonReader,
  deeper: (place: JsonReader) => OptionSchema,
): Pick<OptionSchema, "properties" | "required" | "additionalProperties"> {
  const entries = reader.optional("properties")?.entries(MAX_PROPERTIES) ?? [];
  const properties: [string, OptionSchema][] = entries.map(([key, place]) => {
    if (!/^[a-z][\w-]{0,63}$/i.test(key)) {
      throw place.error(
        "need a name of letters, digits, - and _, beginning with a letter",
      );
    }
    return [key, deeper(place)];
  });
  const names = properties.map(([name]) => name);
  const required = reader.optional("required")?.array(MAX_PROPERTIES).map(
    (place) => place.oneOf(names),
  );
  const others = reader.optional("additionalProperties");
  return {
    properties: Object.fromEntries(properties),
    required,
    additionalProperties: others === undefined || others.value === false
      ? false
      : deeper(others),
  };
}

function readItems(
  reader: JsonReader,
  deeper: (place: JsonReader) => OptionSchema,
): OptionSchema {
  return deeper(reader.field("items"));
}

function readBounds(
  reader: JsonReader,
): Pick<
  OptionSchema,
  "minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "maxItems"
> {
  const number = (key: string) => {
    const place = reader.optional(key);
    if (place === undefined || Number.isFinite(place.value)) {
      return place?.value as number | undefined;
    }
    throw place.error("need a number");
  };
  const length = (key: string) => reader.optional(key)?.integer();
  return {
    minimum: number("minimum"),
    maximum: number("maximum"),
    minLength: length("minLength"),
    maxLength: length("maxLength"),
    minItems: length("minItems"),
    maxItems: length("maxItems"),
  };
}

function checkKeywords(reader: JsonReader, type: OptionSchema["type"]): void {
  const known: readonly string[] = [...KEYWORDS.all, ...KEYWORDS[type]];
  for (const [key, place] of reader.entries(32)) {
    if (!known.includes(key)) throw unknownKeyword(place, known);
  }
}

function unknownKeyword(
  place: JsonReader,
  known: readonly string[],
): DecodeError {
  return place.error(
    `not a keyword that is known here, choose from ${known.join(", ")}`,
  );
}

function hasMember(reader: JsonReader, key: string): boolean {
  return reader.entries(32).some(([name]) => name === key);
}

/** A value as JSON has it; `JsonReader` made it out of JSON text. */
function jsonValue(place: JsonReader): JsonValue {
  return place.value as JsonValue;
}
