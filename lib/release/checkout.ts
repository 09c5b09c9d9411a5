import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };

/** What `deno.json` says of the program. */
export const { name: NAME, version: VERSION, license: LICENSE, unstable } =
  config;

/** Features of the runtime that the program needs. */
export const UNSTABLE: readonly string[] = unstable;

/** The full path of a file of this checkout. */
export function inCheckout(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** Tell whoever started a task. */
export async function tell(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
}

/** Make an empty folder below `dist/`, which is for what is built here. */
export async function emptyDist(name: string): Promise<string> {
  const folder = inCheckout(`dist/${name}`);
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}

/**
 * Run Deno in this checkout, and say what it said if it fails.
 *
 * @throws {Error} With its last words.
 */
export async function runDeno(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: inCheckout("."),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim();
  throw new Error(`deno ${args[0]} failed: ${said}`);
}
