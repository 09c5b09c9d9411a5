import { failureText } from "./failure_text.ts";
import { cannotLoad } from "./plugin_fault.ts";
import { HookFailure, PluginCrash } from "./session.ts";
import type { PluginSpec } from "./spec.ts";

/**
 * Wait for a plugin to load or start.
 *
 * @throws {PluginError} If it does not: with the file, the place and what to do.
 */
export async function explain<T>(
  spec: PluginSpec,
  url: string,
  doing: "load" | "start",
  result: Promise<T>,
): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw explained(spec, url, doing, error);
  }
}

function explained(
  { file }: PluginSpec,
  url: string,
  doing: "load" | "start",
  error: unknown,
): unknown {
  const prefix = doing === "start" ? "start: " : "";
  if (error instanceof PluginCrash) {
    const problem = `${prefix}it ${error.message}`;
    const hint = error.wasLate ? "Do less when it loads and starts" : undefined;
    return cannotLoad(file, problem, { cause: error, hint });
  }
  if (!(error instanceof HookFailure)) return error;
  const { problem, hint } = failureText(error.told, url, file);
  return cannotLoad(file, `${prefix}${problem}`, { hint, cause: error });
}
