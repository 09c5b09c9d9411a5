import { UsageError } from "../errors.ts";
import { inCheckout, tell } from "./checkout.ts";
import { copyFile, filesIn, sizeOf } from "./files.ts";
import { chooseFolder, launcherText } from "./launcher.ts";
import { buildProgram } from "./program.ts";
import { replaceProgram } from "./replace_program.ts";

/** What the launcher is to start. */
interface Installed {
  /** The folder with `deno.json`. */
  readonly folder: string;
  /** The main module in it. */
  readonly main: string;
  /** What there is to say of it. */
  readonly told: string;
}

/** Where {@linkcode install} puts things. */
export interface InstallOptions {
  /** The user's home folder. */
  readonly home: string;
  /** Where the shell looks for programs, its folders separated by colons. */
  readonly path: string;
  /** The folder for what programs keep below a home. @default `.local/share` below the home folder */
  readonly shared?: string | undefined;
  /** Makes the program in an empty folder. @default `lib/release/program.ts` */
  readonly build?: typeof buildProgram;
}

/**
 * Build the program into a place of its own and put a launcher on the PATH.
 *
 * @returns Where both are, and what to do next.
 */
export async function install(options: InstallOptions): Promise<string> {
  const { home, path, shared = `${home}/.local/share` } = options;
  const { build = buildProgram } = options;
  const program = await installProgram(shared, build).catch(fromCheckout);
  const { folder, onPath } = chooseFolder(home, path);
  const launcher = `${folder}/nymwire`;
  await writeLauncher(
    launcher,
    launcherText({
      deno: Deno.execPath(),
      config: `${program.folder}/deno.json`,
      main: `${program.folder}/${program.main}`,
    }),
  );
  const advice = onPath
    ? "nymwire --help"
    : `export PATH="${folder}:$PATH"   # in your shell's profile, then: nymwire --help`;
  return `Installed ${launcher}\n${program.told}\nNext: ${advice}`;
}

async function installProgram(
  shared: string,
  build: typeof buildProgram,
): Promise<Installed> {
  const own = `${shared}/nymwire`;
  await Deno.mkdir(own, { recursive: true });
  const fresh = await Deno.makeTempDir({ dir: own, prefix: ".program-" });
  try {
    await build(fresh);
    const kilobytes = await sizeOf(fresh, await filesIn(fresh)) / 1000;
    const folder = `${own}/program`;
    await replaceProgram(fresh, folder);
    const page = `${shared}/man/man1/nymwire.1`;
    await copyFile(`${folder}/nymwire.1`, page);
    return {
      folder,
      main: "main.js",
      told: `The program: ${folder}, ${Math.round(kilobytes)} KB; ` +
        `its manual: ${page}\n` +
        "Both are copies: install again after an update",
    };
  } catch (error) {
    await Deno.remove(fresh, { recursive: true }).catch(() => {});
    throw error;
  }
}

/** Without the bundler, which comes from the registry of npm, the program runs all the same, only starts later. */
function fromCheckout(error: unknown): Installed {
  const [reason] = (error as Error).message.split("\n");
  const folder = inCheckout(".").replace(/\/$/, "");
  return {
    folder,
    main: "main.ts",
    told:
      `It runs this checkout, ${folder}, and starts slower than it could: ` +
      `it could not be bundled (${reason})`,
  };
}

/** A new file, renamed into place: a launcher that is running, or a link, is not written through. */
async function writeLauncher(path: string, text: string): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  await Deno.mkdir(folder, { recursive: true });
  const fresh = await Deno.makeTempFile({ dir: folder, prefix: ".nymwire-" });
  await Deno.writeTextFile(fresh, text);
  await Deno.chmod(fresh, 0o755);
  await Deno.rename(fresh, path);
}

if (import.meta.main) {
  const home = Deno.env.get("HOME");
  if (!home) {
    throw new UsageError("Cannot install nymwire: HOME is not set", {
      hint: "Set HOME to the folder below which .local/bin lies",
    });
  }
  const path = Deno.env.get("PATH") ?? "";
  const shared = Deno.env.get("XDG_DATA_HOME") || undefined;
  await tell(await install({ home, path, shared }));
}
