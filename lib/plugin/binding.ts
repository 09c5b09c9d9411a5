import { UsageError } from "../errors.ts";
import type { JsonValue, PluginOptions } from "./api.ts";
import type { Grant } from "./grant.ts";
import { checkComplete } from "./grant_check.ts";
import { checkHarmless, type Protected } from "./grant_harm.ts";
import type { CheckedMeta } from "./meta.ts";
import { applyOptions, OptionMismatch, readOptionText } from "./options.ts";
import { pathOf, realPath } from "./paths.ts";
import { cannotLoad, howToSet } from "./plugin_fault.ts";
import type { PluginSpec } from "./spec.ts";

/** What a plugin gets of what it asked for. */
export interface Binding {
  readonly options: PluginOptions;
  readonly grants: readonly Grant[];
}

/** Options of {@linkcode bindPlugin}. */
export interface BindOptions extends Protected {
  /** Paths are seen from here. */
  readonly cwd: string;
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
    if (isPath) await checkHarmless(grant, spec, { protect, code });
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
      hint: howToSet(spec, error.option),
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
