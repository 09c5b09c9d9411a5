import { assertEquals } from "@std/assert";
import { type Schema, violations } from "./json_schema.ts";

const SCHEMAS = new URL("../../docs/schema/", import.meta.url);
const schemas = new Map<string, Schema>();

/** The objects that a command wrote with `--json`, each of which must be as its published schema says. */
export function objectsOf(text: string): Record<string, unknown>[] {
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const value: Record<string, unknown> = JSON.parse(line);
    assertEquals(Object.keys(value).slice(0, 3), ["v", "type", "time"], line);
    assertEquals(violations(value, schemaOf(String(value.type))), [], line);
    return value;
  });
}

/** The published schema of a type. */
export function schemaOf(type: string): Schema {
  let schema = schemas.get(type);
  if (schema === undefined) {
    const path = new URL(`${type}.json`, SCHEMAS);
    schema = JSON.parse(Deno.readTextFileSync(path)) as Schema;
    schemas.set(type, schema);
  }
  return schema;
}
