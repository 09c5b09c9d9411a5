import type { PipeCommand } from "../definitions/pipe.ts";
import { shellWord } from "../../home/shell_word.ts";

/** The port that callers are shown for a server that has none of its own. */
const USUAL_PORT = 8080;

/** Ports below this one are for the system's own servers. */
const FIRST_FREE_PORT = 1024;

/** What whoever is to call types: the exact command, for a POSIX shell. */
export function invitation(
  address: string,
  { codeFile, tcp, keepOpen }: Pick<
    PipeCommand,
    "codeFile" | "tcp" | "keepOpen"
  >,
): string {
  const words = ["nymwire", "pipe", "--to", address];
  if (codeFile !== undefined) words.push("--code-file", codeFile);
  if (tcp) {
    const { port } = tcp;
    const local = port >= FIRST_FREE_PORT ? port : USUAL_PORT;
    words.push("--tcp-listen", String(local));
    if (keepOpen) words.push("--keep-open");
  }
  return words.map(shellWord).join(" ");
}
