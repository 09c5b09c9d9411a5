import { NymError } from "../../errors.ts";
import { type HostOptions, openHost } from "../host.ts";
import { readPluginMeta } from "../launch.ts";
import type { CheckedMeta } from "../meta.ts";
import type { Hook } from "../protocol.ts";
import type { ErrorPolicy, PluginSpec } from "../spec.ts";

/** A plugin of a chain, as `plugin list` shows it. */
export interface ListedPlugin {
  /** Its place in the chain, from 1. */
  readonly order: number;
  readonly name: string;
  readonly file: string;
  /** Whether it runs behind both walls, or behind none. */
  readonly isolation: "sandboxed" | "trusted";
  /** What it is granted, as `kind=value`. */
  readonly grants: readonly string[];
  readonly onError: ErrorPolicy | undefined;
  /** What it says of itself, if it can be loaded. */
  readonly meta: CheckedMeta | undefined;
  readonly hooks: readonly Hook[];
  /** Why it cannot be used as it is: it cannot be loaded, an option does not fit, a grant is missing. */
  readonly problem: string | undefined;
  /** What to do about it. */
  readonly hint: string | undefined;
}

/**
 * Describe the plugins of a chain, in their order, without running any of their hooks.
 *
 * @throws The signal's reason.
 */
export async function listPlugins(
  specs: readonly PluginSpec[],
  options: HostOptions,
  signal?: AbortSignal,
): Promise<ListedPlugin[]> {
  const host = await openHost(options);
  try {
    const listed = await Promise.all(specs.map(async (spec, index) => {
      const { name, file, grants = [], trusted, onError } = spec;
      const listed = {
        order: index + 1,
        name,
        file,
        isolation: trusted ? "trusted" as const : "sandboxed" as const,
        grants: grants.map(({ kind, value }) => `${kind}=${value}`),
        onError,
      };
      try {
        // Behind the walls even if it is trusted: to be looked at is no reason to be let out.
        const sandboxed = { ...spec, trusted: false };
        const { meta, hooks, bind } = await readPluginMeta(
          sandboxed,
          host,
          signal,
        );
        const wrong = await bind().then(() => undefined, problemOf);
        return {
          ...listed,
          meta,
          hooks,
          problem: undefined,
          hint: undefined,
          ...wrong,
        };
      } catch (error) {
        return { ...listed, meta: undefined, hooks: [], ...problemOf(error) };
      }
    }));
    // What was cut short says nothing of a plugin.
    signal?.throwIfAborted();
    return listed;
  } finally {
    await host.close();
  }
}

function problemOf(error: unknown): Pick<ListedPlugin, "problem" | "hint"> {
  if (!(error instanceof NymError)) throw error;
  return { problem: error.message, hint: error.hint };
}
