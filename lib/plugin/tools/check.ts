import { basename, dirname } from "node:path";
import { NymError } from "../../errors.ts";
import { type Host, type HostOptions, openHost } from "../host.ts";
import { readPluginMeta } from "../launch.ts";
import type { CheckedMeta } from "../meta.ts";
import { fileUrl, pathOf } from "../paths.ts";
import { withoutColours } from "../printable.ts";
import { PLUGIN_TYPES } from "../program_folder.ts";
import type { Hook } from "../protocol.ts";

/** What is wrong with a plugin, or looks so. */
export interface Finding {
  readonly severity: "error" | "warning";
  /** What was looked at. */
  readonly part: "load" | "types" | "members";
  readonly text: string;
  readonly hint: string | undefined;
}

/** What {@linkcode checkPlugin} has found out. */
export interface CheckReport {
  /** What the plugin says of itself, if it can be loaded. */
  readonly meta: CheckedMeta | undefined;
  readonly hooks: readonly Hook[];
  /** Whether the types were checked: a compiled or bundled program cannot. */
  readonly typesChecked: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Look at a plugin without running any of its hooks: types, imports, metadata, schema, grants.
 *
 * @throws The signal's reason.
 */
export async function checkPlugin(
  file: string,
  options: HostOptions,
  signal?: AbortSignal,
): Promise<CheckReport> {
  const host = await openHost(options);
  try {
    const path = pathOf(file, host.cwd);
    const [loaded, types] = await Promise.all([
      load(file, host, signal),
      // Loading says that it is not there.
      await isFile(path) ? checkTypes(path, signal) : [],
    ]);
    // What was cut short says nothing of the plugin.
    signal?.throwIfAborted();
    return {
      meta: loaded.meta,
      hooks: loaded.hooks,
      typesChecked: types !== undefined,
      findings: [...loaded.findings, ...others(loaded.findings, types ?? [])],
    };
  } finally {
    await host.close();
  }
}

async function load(
  file: string,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<Pick<CheckReport, "meta" | "hooks" | "findings">> {
  const spec = { name: basename(file).replace(/\.[^.]*$/, ""), file };
  try {
    const { meta, hooks, unknown } = await readPluginMeta(
      spec,
      host,
      signal,
    );
    const findings = unknown.map((name): Finding => ({
      severity: "warning",
      part: "members",
      text: `${name} is no hook and is never called`,
      hint: "Hooks are start, message, outgoing, observe, stop",
    }));
    return { meta, hooks, findings };
  } catch (error) {
    if (!(error instanceof NymError)) throw error;
    const { message: text } = error;
    // Whoever reads this is checking it.
    const hint = error.hint?.includes("plugin check") ? undefined : error.hint;
    const finding: Finding = { severity: "error", part: "load", text, hint };
    return { meta: undefined, hooks: [], findings: [finding] };
  }
}

/** Those that do not say once more, of the same place, why it cannot be loaded. */
function others(
  loading: readonly Finding[],
  types: readonly Finding[],
): readonly Finding[] {
  const [, place] = /\(([^()]+:\d+:\d+)\)$/.exec(loading[0]?.text ?? "") ?? [];
  return types.filter(({ text }) => {
    const places = [...text.matchAll(/ at (\S+:\d+:\d+)$/gm)];
    return places.length !== 1 || places[0]![1] !== place;
  });
}

async function checkTypes(
  path: string,
  signal: AbortSignal | undefined,
): Promise<Finding[] | undefined> {
  const types = PLUGIN_TYPES;
  if (Deno.build.standalone || types.protocol !== "file:") return undefined;
  if (!await isFile(types)) return undefined;
  const map = JSON.stringify({ imports: { nymwire: types.href } });
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "check",
      "--quiet",
      "--no-config",
      "--no-lock",
      "--no-remote",
      `--import-map=data:application/json,${encodeURIComponent(map)}`,
      fileUrl(path),
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    ...(signal ? { signal } : {}),
  }).output();
  if (success) return [];
  const said = withoutColours(new TextDecoder().decode(stderr))
    .replace(/^error: /, "")
    .replace(/\n+(error: Type checking failed|Stack backtrace)[^]*$/, "")
    .replaceAll(fileUrl(`${dirname(path)}/`), "");
  return [{ severity: "error", part: "types", text: said, hint: undefined }];
}

async function isFile(path: string | URL): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
