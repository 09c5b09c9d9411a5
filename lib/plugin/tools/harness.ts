import type { RunPluginCasesOptions } from "./run_cases.ts";

/** What a test runner hands to a test; `Deno.TestContext` is one. */
export interface TestSteps {
  /** Run a part of the test. */
  step(name: string, run: () => void): Promise<boolean>;
}

/**
 * Run the cases of a plugin as steps of a test, through the real sandbox.
 *
 * ```ts ignore
 * import { testPlugin } from "nymwire";
 *
 * Deno.test("thanks", (t) => testPlugin(t, new URL("./thanks.ts", import.meta.url)));
 * ```
 *
 * @throws {PluginError} If the plugin cannot be used.
 * @throws {DecodeError} If the file of cases makes no sense.
 */
export async function testPlugin(
  test: TestSteps,
  file: string | URL,
  options: RunPluginCasesOptions = {},
): Promise<void> {
  const { fileURLToPath } = await import("node:url");
  const { runPluginCases } = await import("./run_cases.ts");
  const path = file instanceof URL ? fileURLToPath(file) : file;
  for await (const { name, line, problems } of runPluginCases(path, options)) {
    await test.step(`${name} (line ${line})`, () => {
      if (problems.length > 0) throw new Error(problems.join("\n"));
    });
  }
}
