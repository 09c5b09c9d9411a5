import { manPage } from "../cli/man.ts";
import { bundleModules } from "./bundle.ts";
import {
  emptyDist,
  inCheckout,
  LICENSE,
  NAME,
  tell,
  UNSTABLE,
  VERSION,
} from "./checkout.ts";
import { copyFile, filesIn } from "./files.ts";

/** What lies beside the modules under the same name as in a checkout. */
const ALONG = ["LICENSE", "lib/plugin/api.ts"];

/**
 * Build the program into an empty folder: bundled modules, the plugins that come along, the types for plugins, the manual
 * page. Whoever has Deno starts `main.js` there, with `deno.json` beside it.
 *
 * @throws {Error} If it cannot be bundled.
 */
export async function buildProgram(folder: string): Promise<void> {
  await bundleModules(folder);
  const plugins = await filesIn(inCheckout("plugins"));
  for (const path of [...ALONG, ...plugins.map((name) => `plugins/${name}`)]) {
    await copyFile(inCheckout(path), `${folder}/${path}`);
  }
  await Deno.writeTextFile(`${folder}/deno.json`, `${settings()}\n`);
  await Deno.writeTextFile(`${folder}/nymwire.1`, manPage(VERSION));
}

/** What Deno has to know of the program. */
function settings(): string {
  const settings = {
    name: NAME,
    version: VERSION,
    license: LICENSE,
    exports: "./mod.js",
    imports: { [NAME]: "./mod.js" },
    unstable: UNSTABLE,
    lock: false,
  };
  return JSON.stringify(settings, undefined, 2);
}

if (import.meta.main) {
  const folder = await emptyDist("nymwire");
  await buildProgram(folder);
  await tell(
    `Built ${folder}\nNext: deno run -A --config=${folder}/deno.json ${folder}/main.js --help`,
  );
}
