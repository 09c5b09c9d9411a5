import { type Binding, bindPlugin } from "./binding.ts";
import { explain } from "./explain.ts";
import type { Host } from "./host.ts";
import { type LoadOptions, loadPlugin, pluginPath } from "./load.ts";
import { type CheckedMeta, checkMeta } from "./meta.ts";
import { cannotLoad } from "./plugin_fault.ts";
import type { Hook } from "./protocol.ts";
import type { Loaded, PluginSession } from "./session.ts";
import type { PluginSpec } from "./spec.ts";

/** A plugin that runs. */
export interface Life extends Binding {
  readonly session: PluginSession;
  readonly meta: CheckedMeta;
  readonly hooks: readonly Hook[];
  /** Members of the default export that are no hooks. */
  readonly unknown: readonly string[];
  /** Where it was loaded from: as a URL, and as a full path without links. */
  readonly url: string;
  readonly path: string;
}

/** What a plugin says of itself, learned without starting it. */
export interface PluginDescription
  extends Pick<Life, "meta" | "hooks" | "unknown"> {
  /**
   * Bring together what it asks for and what the user gives.
   *
   * @throws {PluginError} If an option does not fit, or a grant is missing.
   * @throws {UsageError} If the user grants what was not asked for, or what must not be granted.
   */
  bind(): Promise<Binding>;
}

/**
 * Load a plugin without any grant, to learn what it says of itself. Nothing of it runs when this returns.
 *
 * @throws {PluginError} With the file, the place and what to do.
 * @throws The signal's reason.
 */
export async function readPluginMeta(
  spec: PluginSpec,
  host: Host,
  signal?: AbortSignal,
): Promise<PluginDescription> {
  const path = await pluginPath(spec, host);
  await using first = await loadPlugin(spec, path, [], {
    host,
    signal,
    handle: () => Promise.reject(new Error("Cannot do anything here")),
    onStray() {},
  });
  const { hooks, unknown } = first.loaded;
  const meta = checkedMeta(spec, first.loaded);
  return { meta, hooks, unknown, bind: () => bind(meta, spec, path, host) };
}

/**
 * Start a plugin: load it without grants, bring together what it asks for and what the user gives, load it again with its
 * grants if it has any that its process must know, and call `start`.
 *
 * @throws {PluginError} With the file, the place and what to do.
 * @throws The signal's reason; nothing of the plugin runs then.
 */
export async function launch(
  spec: PluginSpec,
  options: LoadOptions,
): Promise<Life> {
  const { host, signal } = options;
  const path = await pluginPath(spec, host);
  let life = await loadPlugin(spec, path, [], options);
  try {
    const meta = checkedMeta(spec, life.loaded);
    const binding = await bind(meta, spec, path, host);
    const native = binding.grants.filter(({ kind }) =>
      kind !== "net" && kind !== "send"
    );
    for (const { value } of native.filter(({ kind }) => kind === "env")) {
      if (host.env.get(value) !== undefined) continue;
      const text = `the variable ${value} is granted, but not set`;
      host.onLog({ plugin: spec.name, level: "warn", text });
    }
    if (native.length > 0 && !spec.trusted) {
      await life.session[Symbol.asyncDispose]();
      life = await loadPlugin(spec, path, native, options);
    }
    life.bind(binding.grants);
    const { session, url, loaded: { hooks, unknown } } = life;
    // The options reach the plugin with this call, whether it has the hook or not.
    const started = session.start(
      binding.options,
      host.bootTimeout,
      signal,
    );
    await explain(spec, url, "start", started);
    return { ...binding, session, meta, hooks, unknown, url, path };
  } catch (error) {
    await life.session[Symbol.asyncDispose]();
    throw error;
  }
}

function bind(
  meta: CheckedMeta,
  spec: PluginSpec,
  path: string,
  { cwd, protect, code }: Host,
): Promise<Binding> {
  return bindPlugin(meta, spec, { cwd, protect, code: [...code, path] });
}

function checkedMeta(spec: PluginSpec, loaded: Loaded): CheckedMeta {
  const meta = checkMeta(loaded.meta, spec.file);
  if (meta.name !== spec.name) {
    throw cannotLoad(
      spec.file,
      `meta.name is ${meta.name}, the file says ${spec.name}`,
      { hint: `Call both the same: rename the file or correct meta.name` },
    );
  }
  if (loaded.hooks.length > 0) return meta;
  throw cannotLoad(spec.file, "it has no hook", {
    hint: "Add one of start, message, outgoing, observe, stop",
  });
}
