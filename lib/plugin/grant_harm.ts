import { UsageError } from "../errors.ts";
import type { Grant } from "./grant.ts";
import { linkOutOf } from "./links.ts";
import { isWithin } from "./paths.ts";
import type { PluginSpec } from "./spec.ts";

/** What no grant may hand over. Full paths without links. */
export interface Protected {
  /** Folders that no plugin gets: they hold keys. */
  readonly protect: readonly string[];
  /** Files, and folders of them, that no plugin may change: programs and plugins. */
  readonly code: readonly string[];
}

/**
 * Check that a file or folder can be granted without handing over more than it says.
 *
 * @throws {UsageError} If there are keys in it, programs that would be written, or links that lead out of it.
 */
export async function checkHarmless(
  { kind, value }: Grant,
  { name }: PluginSpec,
  { protect, code }: Protected,
): Promise<void> {
  const secret = protect.find((place) =>
    isWithin(place, value) || isWithin(value, place)
  );
  if (secret !== undefined) {
    throw refused(name, `${kind}=${value}`, `the keys in ${secret}`);
  }
  const program = kind === "write" &&
    code.find((place) => isWithin(place, value) || isWithin(value, place));
  if (program) {
    throw refused(name, `${kind}=${value}`, `the program ${program}`);
  }
  const out = await linkOutOf(value);
  if (out && out !== "too many") {
    throw refused(
      name,
      `${kind}=${value}`,
      `${out.target} through ${out.link}`,
    );
  }
}

function refused(name: string, grant: string, what: string): UsageError {
  return new UsageError(
    `Cannot grant ${grant} to ${name}: it would hand over ${what}`,
    { hint: "Grant a folder that holds nothing else" },
  );
}
