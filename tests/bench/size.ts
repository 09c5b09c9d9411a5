import config from "../../deno.json" with { type: "json" };
import { inCheckout, runDeno } from "../../lib/release/checkout.ts";
import { filesIn, sizeOf } from "../../lib/release/files.ts";
import { buildProgram } from "../../lib/release/program.ts";

/** How large the program is as it is installed, and what of it is our own code: without a single dependency. */
export async function benchSize(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "nymwire-size-" });
  try {
    await buildProgram(`${folder}/program`);
    const files = await filesIn(`${folder}/program`);
    const isModule = (path: string) => path.endsWith(".js");
    const isPlugin = (path: string) => path.startsWith("plugins/");
    const sizes = await Promise.all([
      files,
      files.filter(isModule),
      files.filter(isPlugin),
    ].map((some) => sizeOf(`${folder}/program`, some)));
    const [all, modules, plugins] = sizes.map(kilobytes);
    const own = await ownCode(`${folder}/own`);
    const packed = new Blob([own]).stream()
      .pipeThrough(new CompressionStream("gzip"));
    const gzipped = (await new Response(packed).bytes()).length;
    return `installed ${all} KB: modules ${modules} KB, of which ours without dependencies ${
      kilobytes(own.length)
    } KB (${kilobytes(gzipped)} KB packed), plugins ${plugins} KB; sources ${
      kilobytes(await sourceSize())
    } KB with their comments`;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The program's modules, bundled as they are for `install`, with nothing in them that is not ours. */
async function ownCode(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const names = Object.keys(config.imports)
    .filter((name) => name !== config.name);
  await runDeno([
    ...["bundle", "--quiet", "--platform=deno", "--minify"],
    "--code-splitting",
    ...names.flatMap((name) => [`--external=${name}`, `--external=${name}/*`]),
    `--outdir=${folder}`,
    "main.ts",
  ]);
  const parts = await Promise.all(
    (await filesIn(folder)).map((path) => Deno.readFile(`${folder}/${path}`)),
  );
  return await new Blob(parts).bytes();
}

async function sourceSize(): Promise<number> {
  const modules = await filesIn(inCheckout("lib"));
  const paths = ["main.ts", "mod.ts", ...modules.map((path) => `lib/${path}`)];
  return await sizeOf(inCheckout("."), paths);
}

function kilobytes(bytes: number): number {
  return Math.round(bytes / 1000);
}
