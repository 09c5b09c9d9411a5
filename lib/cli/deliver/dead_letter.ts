import type { IncomingMessage } from "../../mailbox/mailbox.ts";
import { FILE_MODE } from "../../home/private_file.ts";
import { clientsFolder, dirname, homeBase, join } from "../../home/paths.ts";
import { ensurePrivateFolder } from "../../home/secure_fs.ts";
import type { CommandContext } from "../context.ts";
import { messageFields } from "./message_json.ts";

/** Where messages go that nothing could handle, one file for each address: lines that `listen --replay` takes. */
export function deadLetterPath(
  env: CommandContext["env"],
  address: string,
): string {
  const base = dirname(clientsFolder(homeBase(env)));
  return join(base, "nymwire", "dead-letter", `${address}.ndjson`);
}

/** Put a message aside, with `more` fields if there are any. */
export async function writeDeadLetter(
  path: string,
  message: IncomingMessage,
  { output }: Pick<CommandContext, "output">,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await ensurePrivateFolder(dirname(path));
  using file = await Deno.open(path, {
    append: true,
    create: true,
    mode: FILE_MODE,
  });
  const line = output.line(
    "message",
    { ...messageFields(message), ...more },
    message.receivedAt,
  );
  for (let rest = new TextEncoder().encode(line); rest.length > 0;) {
    rest = rest.subarray(await file.write(rest));
  }
  await file.sync();
}
