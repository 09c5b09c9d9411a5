import { emptyDist, inCheckout, NAME, runDeno, tell } from "./checkout.ts";
import { PERMISSION, RUNTIME_FLAGS } from "./launcher.ts";
import { buildProgram } from "./program.ts";

/** The systems that Deno compiles for, by the name that a binary ends with. */
export const TARGETS: Readonly<Record<string, string>> = {
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "macos-x64": "x86_64-apple-darwin",
  "macos-arm64": "aarch64-apple-darwin",
  "windows-x64.exe": "x86_64-pc-windows-msvc",
};

/**
 * The arguments of Deno that make a binary of a program's folder. All of the folder goes in: commands are loaded when they
 * run, plugins by name, and neither is to be left out.
 */
export function compileArgs(
  program: string,
  { target, output }: { target: string; output: string },
): string[] {
  return [
    "compile",
    "--no-check",
    PERMISSION,
    RUNTIME_FLAGS,
    `--config=${program}/deno.json`,
    `--target=${target}`,
    `--output=${output}`,
    `--include=${program}`,
    `${program}/main.js`,
  ];
}

/** The name of the target that is like this machine. */
function ownTarget(): string {
  return Object.keys(TARGETS).find((name) =>
    TARGETS[name] === Deno.build.target
  )!;
}

/** Make binaries in `dist/`: for this machine, or for the targets that are named, or for `all`. */
async function compile(words: readonly string[]): Promise<void> {
  const all = Object.keys(TARGETS);
  const names = words.length === 0
    ? [ownTarget()]
    : words.includes("all")
    ? all
    : words;
  const unknown = names.find((name) => !(name in TARGETS));
  if (unknown !== undefined) {
    throw new Error(
      `Cannot compile for ${unknown}: choose from all, ${all.join(", ")}`,
    );
  }
  const program = await emptyDist("nymwire");
  await buildProgram(program);
  for (const name of names) {
    const output = inCheckout(`dist/${NAME}-${name}`);
    await runDeno(compileArgs(program, { target: TARGETS[name]!, output }));
    await tell(`Compiled ${output}`);
  }
}

if (import.meta.main) await compile(Deno.args);
