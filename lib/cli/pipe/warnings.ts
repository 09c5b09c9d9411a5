import type { CommandContext } from "../context.ts";
import type { CodeFile } from "./code_file.ts";

/** Say so if others on this machine can read a code. */
export async function warnOfOpenCode(
  path: string,
  { isOpen }: CodeFile,
  { output }: Pick<CommandContext, "output">,
): Promise<void> {
  if (!isOpen) return;
  await output.alarm(
    `others on this machine can read the code in ${path}: chmod 600 it`,
  );
}
