import { DecodeError, EXIT, type PluginError, UsageError } from "../errors.ts";
import type { GrantRequest, JsonValue, PluginOptions } from "./api.ts";
import {
  covers,
  type Grant,
  GRANT_KINDS,
  grantValue,
  netGrantOf,
} from "./grant.ts";
import type { CheckedMeta } from "./meta.ts";
import {
  applyOptions,
  isObject,
  OptionMismatch,
  readOptionText,
} from "./options.ts";
import { isWithin, pathOf, realPath } from "./paths.ts";
import { cannotLoad } from "./plugin_fault.ts";
import type { PluginSpec } from "./spec.ts";

/** What a plugin gets of what it asked for. */
export interface Binding {
  readonly options: PluginOptions;
  readonly grants: readonly Grant[];
}

/** Options of {@linkcode bindPlugin}. */
export interface BindOptions {
  /** Paths are seen from here. */
  readonly cwd: string;
  /** Folders that no plugin gets: they hold keys. Full paths without links. */
  readonly protect: readonly string[];
  /** Files that no plugin may change: programs and plugins. Full paths without links. */
  readonly code: readonly string[];
}

/**
 * Bring together what a plugin asks for and what the user gives.
 *
 * @throws {PluginError} If an option does not fit, or a grant is missing: with the line to add.
 * @throws {UsageError} If the user grants what was not asked for, or what must not be granted.
 */
export async function bindPlugin(
  meta: CheckedMeta,
  spec: PluginSpec,
  { cwd, protect, code }: BindOptions,
): Promise<Binding> {
  const given = await absolutePaths(
    meta,
    bindOptions(meta, spec),
    (path) => realPath(pathOf(path, cwd)),
  );
  const grants: Grant[] = [];
  for (const { kind, value } of spec.grants ?? []) {
    if (!meta.grants.some((request) => request.kind === kind)) {
      throw notAskedFor(meta, spec, kind);
    }
    const isPath = kind === "read" || kind === "write";
    const grant = {
      kind,
      value: isPath ? await realPath(pathOf(value, cwd)) : value,
    };
    checkHarmless(grant, spec, { protect, code });
    grants.push(grant);
  }
  checkComplete(meta, spec, given, grants);
  return { options: given, grants };
}

function bindOptions(meta: CheckedMeta, spec: PluginSpec): PluginOptions {
  const { properties = {} } = meta.options;
  const values: Record<string, JsonValue> = { ...spec.options };
  const fromText = new Set<string>();
  try {
    for (const { key, text } of spec.sets ?? []) {
      const schema = Object.hasOwn(properties, key)
        ? properties[key]!
        : meta.options.additionalProperties;
      // A second one adds to the first, both together replace what the settings say.
      const before = fromText.has(key) ? values[key] : undefined;
      values[key] = schema ? readOptionText(schema, text, key, before) : text;
      fromText.add(key);
    }
    return applyOptions(meta.options, values);
  } catch (error) {
    if (!(error instanceof OptionMismatch)) throw error;
    throw cannotLoad(spec.file, `option ${spec.name}.${error.message}`, {
      hint:
        `Set it with --set ${spec.name}.KEY=VALUE, or options in its [[plugin]] of the settings`,
    });
  }
}

/** Options that say which file or folder is meant are made full paths: a plugin has no working folder of its own. */
async function absolutePaths(
  meta: CheckedMeta,
  options: PluginOptions,
  absolute: (path: string) => Promise<string>,
): Promise<PluginOptions> {
  const result: Record<string, JsonValue> = { ...options };
  for (const { kind, option } of meta.grants) {
    const value = option && result[option];
    if (kind !== "read" && kind !== "write" || value === undefined) continue;
    if (typeof value === "string" && value !== "") {
      result[option!] = await absolute(value);
    } else if (Array.isArray(value)) {
      result[option!] = await Promise.all(
        value.map((path) => typeof path === "string" ? absolute(path) : path),
      );
    }
  }
  return result;
}

function checkComplete(
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
      });
    }
  });
}

function textsOf(value: JsonValue | undefined): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isObject(value) ? Object.values(value).flatMap(textsOf) : [];
}

function checkHarmless(
  { kind, value }: Grant,
  { name }: PluginSpec,
  { protect, code }: Pick<BindOptions, "protect" | "code">,
): void {
  if (kind !== "read" && kind !== "write") return;
  const secret = protect.find((place) =>
    isWithin(place, value) || isWithin(value, place)
  );
  if (secret !== undefined) {
    throw refused(name, `${kind}=${value}`, `the keys in ${secret}`);
  }
  const program = kind === "write" &&
    code.find((file) => isWithin(file, value));
  if (program) {
    throw refused(name, `${kind}=${value}`, `the program ${program}`);
  }
}

function refused(name: string, grant: string, what: string): UsageError {
  return new UsageError(
    `Cannot grant ${grant} to ${name}: it would hand over ${what}`,
    { hint: "Grant a folder that holds nothing else" },
  );
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

function notAskedFor(
  meta: CheckedMeta,
  { name }: PluginSpec,
  kind: string,
): UsageError {
  const kinds = [...new Set(meta.grants.map((request) => request.kind))];
  return new UsageError(
    `Cannot grant ${kind} to ${name}: it asks for ${
      kinds.length === 0 ? "nothing" : `${kinds.join(", ")} alone`
    }`,
    { hint: "Leave the grant out" },
  );
}

function quoted(text: string): string {
  return /^[\w.,:=/@-]+$/.test(text)
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}
