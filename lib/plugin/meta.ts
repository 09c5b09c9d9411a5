import { DecodeError, type PluginError } from "../errors.ts";
import { JsonReader } from "../wire/json_reader.ts";
import type {
  GrantRequest,
  OptionSchema,
  PluginMatch,
  PluginMeta,
} from "./api.ts";
import { GRANT_KINDS, grantValue, isGrantKind } from "./grant.ts";
import { readOptionsSchema } from "./option_schema.ts";
import { printable } from "./printable.ts";
import { cannotLoad } from "./plugin_fault.ts";

/** What a plugin says of itself, checked, with its options as the schema of an object. */
export interface CheckedMeta extends Omit<PluginMeta, "options"> {
  readonly options: OptionSchema;
  readonly grants: readonly GrantRequest[];
}

/** What a plugin can be called: it names a folder, and words of the command line. */
export const PLUGIN_NAME: RegExp = /^[a-z\d][\w-]{0,63}$/i;

/**
 * Check what a plugin says of itself.
 *
 * @throws {PluginError} Naming the file and the place in `meta`.
 */
export function checkMeta(value: unknown, file: string): CheckedMeta {
  const reader = new JsonReader(value, { title: "meta" });
  try {
    return readMeta(reader);
  } catch (error) {
    if (error instanceof DecodeError) throw badMeta(file, error);
    throw error;
  }
}

function readMeta(reader: JsonReader): CheckedMeta {
  reader.onlyKeys([
    "api",
    "name",
    "version",
    "description",
    "options",
    "grants",
    "match",
  ]);
  const api = reader.field("api");
  if (api.integer() !== 1) {
    throw api.error(`need 1, the only version there is, have ${api.value}`);
  }
  const name = reader.field("name");
  if (!PLUGIN_NAME.test(name.string(64))) {
    throw name.error(
      "need letters, digits, - and _, beginning with a letter or digit",
    );
  }
  const options = reader.optional("options");
  const match = reader.optional("match");
  return {
    api: 1,
    name: name.string(),
    version: plain(reader.field("version"), 64),
    description: plain(reader.field("description"), 500),
    options: options
      ? readOptionsSchema(options)
      : { type: "object", properties: {} },
    grants:
      reader.optional("grants")?.array(32).map((place) =>
        readGrantRequest(place, options)
      ) ?? [],
    match: match && readMatch(match),
  };
}

function readGrantRequest(
  reader: JsonReader,
  options: JsonReader | undefined,
): GrantRequest {
  reader.onlyKeys(["kind", "why", "value", "option", "optional"]);
  const kind = reader.field("kind");
  const word = kind.string(64);
  if (!isGrantKind(word)) {
    throw kind.error(
      `no such grant, choose from ${Object.keys(GRANT_KINDS).join(", ")}`,
    );
  }
  const value = reader.optional("value");
  const option = reader.optional("option");
  const names = options?.optional("properties")?.entries(64) ?? [];
  return {
    kind: word,
    why: plain(reader.field("why"), 200),
    value: value && grantValue(word, value.string(1000)),
    option: option?.oneOf(names.map(([name]) => name)),
    optional: reader.optional("optional")?.boolean() ?? false,
  };
}

function readMatch(reader: JsonReader): PluginMatch {
  reader.onlyKeys([
    "answerable",
    "stored",
    "minSize",
    "maxSize",
    "startsWith",
    "json",
  ]);
  const members = reader.optional("json")?.entries(16).map(([key, place]) => {
    const { value } = place;
    if (
      value !== true && typeof value !== "string" && typeof value !== "number"
    ) throw place.error("need true, a string or a number");
    return [key, value] as const;
  });
  return {
    answerable: reader.optional("answerable")?.boolean(),
    stored: reader.optional("stored")?.boolean(),
    minSize: reader.optional("minSize")?.integer(),
    maxSize: reader.optional("maxSize")?.integer(),
    startsWith: reader.optional("startsWith")?.string(1000),
    json: members && Object.fromEntries(members),
  };
}

/** Text that a terminal can show as it is. */
function plain(reader: JsonReader, maxLength: number): string {
  const text = reader.string(maxLength);
  if (printable(text, maxLength) === text) return text;
  throw reader.error("need one line without control characters");
}

function badMeta(file: string, error: DecodeError): PluginError {
  const problem = error.message.replace(/^Cannot decode meta: /, "meta.");
  return cannotLoad(file, problem.replace(/^meta\.(need|Cannot)/, "meta: $1"), {
    hint: "Correct meta in the plugin's default export",
    cause: error,
  });
}
