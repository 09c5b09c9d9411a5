import { AddressError } from "../../message/address_error.ts";
import { parseSenderTag, type SenderTag } from "../../message/sender_tag.ts";
import { NativeError } from "./error_code.ts";
import type { JsonMember, JsonNode } from "./json_node.ts";

const U32_MAX = 2n ** 32n - 1n;

/** What a field of a JSON request can hold. */
export interface FieldValues {
  readonly string: string;
  readonly boolean: boolean;
  readonly u32: number;
  readonly u64: bigint;
  readonly senderTag: SenderTag;
}

/** One of the types in {@linkcode FieldValues}. */
export type FieldType = keyof FieldValues;

/** How a field is declared. */
export interface FieldSpec {
  /** Its key. */
  readonly key: string;
  /** What it holds. */
  readonly type: FieldType;
  /** Whether it may be missing or null. */
  readonly optional?: boolean;
}

const EXPECTED: Readonly<Record<FieldType, string>> = {
  string: "a string",
  boolean: "a boolean",
  u32: "u32",
  u64: "u64",
  senderTag: "a string",
};

/** Fields by key, of the types that were declared for them. */
export type Fields = ReadonlyMap<string, FieldValues[FieldType]>;

/**
 * Read the members of an object as declared: unknown keys are ignored, double ones refused, and what is missing is named in
 * the order of declaration, as the derived decoders of native clients do.
 *
 * @throws {NativeError} In their words, without a position.
 */
export function readFields(
  members: readonly JsonMember[],
  specs: readonly FieldSpec[],
): Fields {
  const fields = new Map<string, FieldValues[FieldType] | undefined>();
  for (const { key, value } of members) {
    const spec = specs.find((spec) => spec.key === key);
    if (spec === undefined) continue;
    if (fields.has(key)) throw malformed(`duplicate field \`${key}\``);
    fields.set(key, readField(value, spec));
  }
  const read = new Map<string, FieldValues[FieldType]>();
  for (const { key, optional = false } of specs) {
    const value = fields.get(key);
    if (value !== undefined) read.set(key, value);
    else if (!optional) throw malformed(`missing field \`${key}\``);
  }
  return read;
}

/**
 * Read the elements of an array as fields in the order of declaration, which the same decoders accept by accident.
 *
 * @throws {NativeError} In their words.
 */
export function readPositional(
  items: readonly JsonNode[],
  specs: readonly FieldSpec[],
  title: string,
): Fields {
  if (items.length < specs.length) {
    throw malformed(
      `invalid length ${items.length}, expected ${title} with ${specs.length} element${
        specs.length === 1 ? "" : "s"
      }`,
    );
  }
  if (items.length > specs.length) {
    throw malformed(
      `invalid length ${items.length}, expected ${specs.length} element${
        specs.length === 1 ? "" : "s"
      } in sequence`,
    );
  }
  const read = new Map<string, FieldValues[FieldType]>();
  for (const [index, spec] of specs.entries()) {
    const value = readField(items[index]!, spec);
    if (value !== undefined) read.set(spec.key, value);
  }
  return read;
}

/** What a value is, in the words of native clients. */
export function describe(node: JsonNode): string {
  switch (node.kind) {
    case "null":
      return "null";
    case "boolean":
      return `boolean \`${node.value}\``;
    case "integer":
      return `integer \`${node.value}\``;
    case "float":
      return `floating point \`${floatText(node.value)}\``;
    case "string":
      return `string ${debugText(node.value)}`;
    case "array":
      return "sequence";
    case "object":
      return "map";
    default:
      return node satisfies never;
  }
}

/** A request is malformed in this way. */
export function malformed(detail: string): NativeError {
  return new NativeError("malformedRequest", detail);
}

function readField(
  node: JsonNode,
  { type: declared, optional = false }: FieldSpec,
): FieldValues[FieldType] | undefined {
  if (optional && node.kind === "null") return undefined;
  switch (declared) {
    case "string":
      if (node.kind === "string") return node.value;
      break;
    case "boolean":
      if (node.kind === "boolean") return node.value;
      break;
    case "u32":
      if (node.kind === "integer") {
        return Number(within(node, U32_MAX, declared));
      }
      break;
    case "u64":
      if (node.kind === "integer") return within(node, undefined, declared);
      break;
    case "senderTag":
      if (node.kind === "string") return tagOf(node.value);
      break;
    default:
      declared satisfies never;
  }
  throw malformed(
    `invalid type: ${describe(node)}, expected ${EXPECTED[declared]}`,
  );
}

/** An integer that is not negative and not above `max`; the parser bounds all of them to 64 bits. */
function within(
  node: JsonNode & { kind: "integer" },
  max: bigint | undefined,
  type: FieldType,
): bigint {
  if (node.value >= 0n && (max === undefined || node.value <= max)) {
    return node.value;
  }
  throw malformed(
    `invalid value: ${describe(node)}, expected ${EXPECTED[type]}`,
  );
}

function tagOf(text: string): SenderTag {
  try {
    return parseSenderTag(text);
  } catch (error) {
    throw error instanceof AddressError ? malformed(error.reason) : error;
  }
}

function floatText(value: number): string {
  const text = `${value}`;
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** Text in double quotes as Rust shows it to developers. */
function debugText(text: string): string {
  const escaped = text.replaceAll(/["\\]|[^ -~\u0080-\uffff]/g, (c) => {
    switch (c) {
      case "\n":
        return "\\n";
      case "\r":
        return "\\r";
      case "\t":
        return "\\t";
      case "\0":
        return "\\0";
      case '"':
      case "\\":
        return `\\${c}`;
      default:
        return `\\u{${c.charCodeAt(0).toString(16)}}`;
    }
  });
  return `"${escaped}"`;
}
