import { basename } from "node:path";
import { printable, withoutColours } from "./printable.ts";
import type { ToldError } from "./protocol.ts";

/** An error of a plugin in our words: what, where in its file, and what to do where that is known. */
export interface FailureText {
  readonly problem: string;
  readonly hint: string | undefined;
}

/** What helps against a right that is missing, by the runtime's word for it. */
const REMEDIES: Readonly<Record<string, string>> = {
  read:
    "Plugins read and import from their own folder alone; for other files ask for the grant read",
  write: "Ask for the grant write in meta.grants",
  run: "Ask for the grant run in meta.grants",
  env: "Ask for the grant env in meta.grants",
  net: "Use context.fetch, with the grant net in meta.grants",
  import: "A plugin is one file: copy what it needs into its folder",
};

/** How the runtime refuses packages and modules of the web. */
const OUTSIDE =
  /^npm specifiers|^JSR package|not a dependency|Import "[^"]*" not|no-remote/;

/** Put an error of a plugin into words. `url` is where the plugin was loaded from, `file` what the user calls it. */
export function failureText(
  { name, message, stack }: ToldError,
  url: string,
  file: string,
): FailureText {
  // What follows draws the place, which is said in words.
  const [line = ""] = message.split(/\n\n|\n *\|\n/, 1);
  const missing = OUTSIDE.test(line)
    ? "import"
    : /Requires (\w+) access/.exec(line)?.[1];
  const said = line.replace(/, run again with the --allow-[\w-]+ flag/, "")
    .replace(/\s+at file:\S+$/, "").replaceAll(url, file)
    .replaceAll(folderOf(url), "./");
  const place = placeIn(`${message}\n${stack}`, url, file);
  const title = /^(Error|TypeError|NotCapable)$/.test(name) ? "" : `${name}: `;
  return {
    problem: printable(`${title}${said}${place}`),
    hint: missing && REMEDIES[missing],
  };
}

/** Where in the plugin it happened: the first place in its file that is named, else in a file beside it. */
function placeIn(text: string, url: string, file: string): string {
  const folder = folderOf(url);
  const places = withoutColours(text).matchAll(
    /(file:[^\s()]+?):(\d+):(\d+)/g,
  );
  for (const [, where = "", line, column] of places) {
    const path = where.replace(/\?.*$/, "");
    if (path === url) return ` (${basename(file)}:${line}:${column})`;
    if (path.startsWith(folder)) {
      return ` (${path.slice(folder.length)}:${line}:${column})`;
    }
  }
  return "";
}

function folderOf(url: string): string {
  return url.slice(0, url.lastIndexOf("/") + 1);
}
