import { shellWord } from "../home/shell_word.ts";

/**
 * What the program may do on the machine. It opens sockets, reads and writes homes and the user's files, and starts the
 * user's programs; and it looks into `/proc`, to see whether a peer on loopback is the same user and whether the official
 * client holds a home, which the runtime allows to nothing less than this.
 */
export const PERMISSION = "--allow-all";

/**
 * How much room the runtime gives to what lives for a moment only: two megabytes, three times, collected the more often. Under
 * load it would take sixteen each, and be no faster for it.
 */
export const RUNTIME_FLAGS = "--v8-flags=--max-semi-space-size=2";

/** Where launchers of a user's own usually lie, below the home folder, best first. */
const USUAL_FOLDERS: readonly string[] = [".local/bin", ".deno/bin", "bin"];

/** What {@linkcode chooseFolder} decides on. */
export interface ChosenFolder {
  /** The folder for the launcher. */
  readonly folder: string;
  /** Whether the shell looks there already. */
  readonly onPath: boolean;
}

/** Choose the folder for the launcher: a usual one that the shell looks into, else the most usual one. */
export function chooseFolder(home: string, path: string): ChosenFolder {
  const searched = new Set(
    path.split(":").map((folder) => folder.replace(/\/+$/, "")),
  );
  const usual = USUAL_FOLDERS.map((folder) => `${home}/${folder}`);
  const folder = usual.find((folder) => searched.has(folder));
  return folder === undefined
    ? { folder: usual[0]!, onPath: false }
    : { folder, onPath: true };
}

/** What a launcher starts. */
export interface LauncherInput {
  /** Absolute path of the Deno binary. */
  readonly deno: string;
  /** Absolute path of `deno.json`. */
  readonly config: string;
  /** Absolute path of the program's main module. */
  readonly main: string;
}

/** The text of the launcher, a shell script that becomes the program, so that signals reach it. */
export function launcherText({ deno, config, main }: LauncherInput): string {
  const words = [
    deno,
    "run",
    "--quiet",
    PERMISSION,
    RUNTIME_FLAGS,
    `--config=${config}`,
    main,
  ];
  return `#!/bin/sh\nexec ${words.map(shellWord).join(" ")} "$@"\n`;
}
