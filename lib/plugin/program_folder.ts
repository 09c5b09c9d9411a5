/** This file, seen from the root of a checkout. */
const OWN_PATH = "lib/plugin/program_folder.ts";

const isSource = import.meta.url.endsWith(`/${OWN_PATH}`);

/**
 * Where the program lies: a checkout, or what is built from one, which has the same folders but its modules bundled, in
 * files beside `main.js`.
 */
const PROGRAM_FOLDER: URL = isSource
  ? new URL(import.meta.url.slice(0, -OWN_PATH.length))
  : new URL("./", import.meta.url);

/** What the program's own code is in: no plugin may write there. */
export const CODE_FOLDER: URL = isSource
  ? new URL("lib/", PROGRAM_FOLDER)
  : PROGRAM_FOLDER;

/** What plugins import their types from, as a file. */
export const PLUGIN_TYPES: URL = new URL("lib/plugin/api.ts", PROGRAM_FOLDER);

/** The module that serves a plugin in a process of its own. */
export const PLUGIN_CHILD: URL = new URL(
  `lib/plugin/child/entry.${isSource ? "ts" : "js"}`,
  PROGRAM_FOLDER,
);

/** The plugins that come along. */
export const PLUGINS_FOLDER: URL = new URL("plugins/", PROGRAM_FOLDER);
