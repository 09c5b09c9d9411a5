import { runDeno } from "./checkout.ts";
import { filesIn } from "./files.ts";

/** What is started or imported by name: the program, the library, the process of a plugin. */
const ENTRIES = ["main.ts", "mod.ts", "lib/plugin/child/entry.ts"];

/** The command line library, which is bundled by itself. */
const COMMANDER = "lib/release/commander";

/** What it gets in the place of Node's modules. */
const NODE_PARTS = "lib/release/node_parts";

/**
 * The bundler's way to Node's modules. Every file has it, hardly any uses it, and loading `node:module` alone would double
 * the time that a short command takes.
 */
const REQUIRE =
  /import ?\{createRequire as (\w+)\} ?from ?"node:module";var (\w+)=\1\(import\.meta\.url\);/;

/** In its place: Node's own modules, which alone are left outside, loaded when one is asked for. */
const GET_BUILTIN =
  `n=>{let m=process.getBuiltinModule(n);if(m)return m;throw Error("Cannot find module "+n)}`;

/**
 * Bundle the program's modules into a folder, minified, each command's own code in files of its own.
 *
 * @throws {Error} If the bundler cannot be had, or made something that we do not know.
 */
export async function bundleModules(folder: string): Promise<void> {
  const bundle = ["bundle", "--quiet", "--platform=deno", "--minify"];
  await runDeno([
    ...bundle,
    "--code-splitting",
    "--external=commander",
    `--outdir=${folder}`,
    ...ENTRIES,
    `${NODE_PARTS}.ts`,
  ]);
  await runDeno([
    ...bundle,
    `--output=${folder}/${COMMANDER}.js`,
    `${COMMANDER}.ts`,
  ]);
  for (const path of await filesIn(folder)) {
    const file = `${folder}/${path}`;
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, retouch(path, text));
  }
}

/** Set right what a file of the bundle imports. */
export function retouch(path: string, text: string): string {
  const up = "../".repeat(path.split("/").length - 1) || "./";
  const own = path === `${COMMANDER}.js`;
  const from = own ? /from ?"node:\w+"/g : /from ?"commander"/g;
  const to = `from"${up}${own ? NODE_PARTS : COMMANDER}.js"`;
  return text.replaceAll(from, () => to)
    .replace(REQUIRE, (_, _create, name) => `var ${name}=${GET_BUILTIN};`);
}
