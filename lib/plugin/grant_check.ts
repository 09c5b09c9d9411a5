import { DecodeError, EXIT, type PluginError } from "../errors.ts";
import type { GrantRequest, JsonValue, PluginOptions } from "./api.ts";
import {
  covers,
  type Grant,
  GRANT_KINDS,
  grantValue,
  netGrantOf,
} from "./grant.ts";
import type { CheckedMeta } from "./meta.ts";
import { isObject } from "./options.ts";
import { cannotLoad, howToSet } from "./plugin_fault.ts";
import type { PluginSpec } from "./spec.ts";

/**
 * Check that all that a plugin needs is granted.
 *
 * @throws {PluginError} With the lines to add.
 */
export function checkComplete(
  meta: CheckedMeta,
  spec: PluginSpec,
  options: PluginOptions,
  grants: readonly Grant[],
): void {
  const missing: { grant: Grant; why: string }[] = [];
  for (const request of meta.grants) {
    if (request.optional) continue;
    const { kind, why } = request;
    for (const needed of neededBy(request, options, spec)) {
      if (!grants.some((granted) => covers(granted, needed))) {
        missing.push({ grant: needed, why });
      }
    }
    const anything = request.value === undefined &&
      request.option === undefined;
    if (anything && !grants.some((granted) => granted.kind === kind)) {
      missing.push({ grant: { kind, value: GRANT_KINDS[kind] }, why });
    }
  }
  if (missing.length > 0) throw notGranted(spec, missing);
}

function neededBy(
  { kind, value, option }: GrantRequest,
  options: PluginOptions,
  spec: PluginSpec,
): Grant[] {
  const texts = value === undefined ? [] : [value];
  if (option !== undefined) texts.push(...textsOf(options[option]));
  return texts.map((text) => {
    try {
      return kind === "net" && netGrantOf(text) ||
        { kind, value: grantValue(kind, text) };
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause;
      const problem = cause.message.replace(/^Cannot read grant \w+=/, "");
      throw cannotLoad(spec.file, `option ${spec.name}.${option}: ${problem}`, {
        cause,
        hint: howToSet(spec, option),
      });
    }
  });
}

function textsOf(value: JsonValue | undefined): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isObject(value) ? Object.values(value).flatMap(textsOf) : [];
}

function notGranted(
  { file, name }: PluginSpec,
  missing: readonly { grant: Grant; why: string }[],
): PluginError {
  const lines = missing.map(({ grant: { kind, value } }) => `${kind}=${value}`);
  const needs = missing.map(({ why }, index) => `${lines[index]} (${why})`);
  const flags = lines.map((line) => `--grant ${quoted(`${name}.${line}`)}`);
  const list = lines.map((line) => JSON.stringify(line)).join(", ");
  return cannotLoad(
    file,
    `it needs ${needs.join(", ")}, which is not granted`,
    {
      hint: `Add ${
        flags.join(" ")
      }, or grants = [${list}] to its [[plugin]] of the settings`,
      exitCode: EXIT.usage,
    },
  );
}

function quoted(text: string): string {
  return /^[\w.,:=/@-]+$/.test(text)
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}
