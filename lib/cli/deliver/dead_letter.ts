import { FILE_MODE } from "../../home/private_file.ts";
import { dirname, homeBase, join } from "../../home/paths.ts";
import { ensurePrivateFolder } from "../../home/secure_fs.ts";
import type { IncomingMessage, Mailbox } from "../../mailbox/mailbox.ts";
import { formatRecipient } from "../../message/recipient.ts";
import type { ClientChoice } from "../choice.ts";
import type { CommandContext } from "../context.ts";
import { homeOf } from "../homes.ts";
import { ownPaths } from "../kept_inbox.ts";
import { messageFields } from "./message_json.ts";

/** Which client a message came to, as far as the command line says so. */
export type LetterChoice = ClientChoice & { readonly replay?: string };

/**
 * Put a message aside that nothing could handle, with `more` fields if there are any: a line that `listen --replay` takes.
 *
 * @returns The file, as logs may show it: where that is not in full, with `*` in the gaps, so that a shell finds it.
 */
export async function putAside(
  message: IncomingMessage,
  mailbox: Mailbox | undefined,
  choice: LetterChoice,
  { output, env }: Pick<CommandContext, "output" | "env">,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const path = join(
    await letterFolder(mailbox, choice, env),
    "dead-letter.ndjson",
  );
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
  if (!mailbox) return path;
  return path.replace(
    formatRecipient(mailbox.address),
    (address) => output.address(address).replaceAll("…", "*"),
  );
}

/** The folder of what is ours for a client; one beside the homes for messages of no client. */
async function letterFolder(
  mailbox: Mailbox | undefined,
  choice: LetterChoice,
  env: CommandContext["env"],
): Promise<string> {
  const home = await homeOf(choice, env);
  if (home) return home.own;
  return mailbox
    ? ownPaths(undefined, mailbox.address, env).own
    : join(homeBase(env), "nymwire");
}
