import {
  emptyDist,
  inCheckout,
  LICENSE,
  NAME,
  tell,
  VERSION,
} from "./checkout.ts";
import { copyFile, filesIn, sizeOf } from "./files.ts";
import { PERMISSION } from "./launcher.ts";
import { buildProgram } from "./program.ts";

/** The runtime that the package brings along: the one that it was tested with. */
const RUNTIME = { deno: "2.9.6" };

/**
 * What npm puts on the PATH. npm's package of Deno holds the binary once one of its scripts has run: npm may not let them
 * run at installation, so that is done here if need be. A script that becomes the program, so that signals reach it.
 */
const BIN = `#!/bin/sh
# Starts nymwire with the Deno that npm has installed beside it, else with the one on the PATH.
file=$0
while [ -L "$file" ]; do
  link=$(readlink "$file")
  case $link in
    /*) file=$link ;;
    *) file=\${file%/*}/$link ;;
  esac
done
here=$(cd "\${file%/*}" && pwd -P)
deno=deno
for place in "$here/node_modules/deno" "$here/../deno"; do
  [ -f "$place/install_api.cjs" ] || continue
  deno=$place/deno
  [ -x "$deno" ] ||
    deno=$(node -p 'require(process.argv[1]).runInstall()' "$place/install_api.cjs") || exit
  break
done
# The package's own description is npm's business.
DENO_NO_PACKAGE_JSON=1
export DENO_NO_PACKAGE_JSON
exec "$deno" run --quiet ${PERMISSION} --config="$here/deno.json" "$here/main.js" "$@"
`;

/** Write the folder of the npm package: the program, and what npm has to know of it. */
export async function writePackage(folder: string): Promise<void> {
  await buildProgram(folder);
  await copyFile(inCheckout("README.md"), `${folder}/README.md`);
  await Deno.writeTextFile(`${folder}/nymwire`, BIN, { mode: 0o755 });
  const description = {
    name: NAME,
    version: VERSION,
    description: "The Nym mixnet from the command line",
    license: LICENSE,
    type: "module",
    bin: { [NAME]: "nymwire" },
    man: ["nymwire.1"],
    dependencies: RUNTIME,
  };
  const text = JSON.stringify(description, undefined, 2);
  await Deno.writeTextFile(`${folder}/package.json`, `${text}\n`);
}

/**
 * Make the package's tarball with npm, in a folder of its own.
 *
 * @returns What there is to say of it.
 * @throws {Error} If npm cannot be run, with what it said.
 */
export async function pack(folder: string): Promise<string> {
  const content = `${folder}/package`;
  await Deno.mkdir(content, { recursive: true });
  await writePackage(content);
  const { success, stderr } = await new Deno.Command("npm", {
    args: ["pack", "--silent", `--pack-destination=${folder}`],
    cwd: content,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(`npm pack failed: ${new TextDecoder().decode(stderr)}`);
  }
  const tarball = `${NAME}-${VERSION}.tgz`;
  const packed = await sizeOf(folder, [tarball]);
  const unpacked = await sizeOf(content, await filesIn(content));
  const [small, large] = [packed, unpacked].map((size) =>
    Math.round(size / 1000)
  );
  return `Packed ${folder}/${tarball}, ${small} KB, ${large} KB when unpacked\n` +
    `Next: npm install --global ${folder}/${tarball}`;
}

if (import.meta.main) await tell(await pack(await emptyDist("npm")));
