import type { DaemonServer } from "../daemon/daemon_server.ts";
import type { MessageHub } from "../daemon/hub.ts";
import { serveStock } from "../daemon/stock_server.ts";
import { UsageError } from "../errors.ts";
import { exists, writePrivateFile } from "../home/private_file.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { CommandContext } from "./context.ts";
import type { RunCommand } from "./definitions/run.ts";
import { sayServerEvent } from "./own_channel.ts";
import { describe } from "./report.ts";
import { readSettingsFile } from "./settings_file.ts";

/** How many random bytes a new token has. */
const TOKEN_SIZE = 32;

/** A shorter token could be guessed. */
const MIN_TOKEN_LENGTH = 16;

/** What the local websocket serves, and where. */
export interface ServeProgramsOptions {
  readonly mailbox: Mailbox;
  readonly hub: MessageHub;
  readonly host: string;
  readonly port: number;
}

/**
 * Serve other programs on the stock websocket. Web pages that may connect are read again on SIGHUP.
 *
 * @throws What {@linkcode serveStock} throws.
 * @throws {UsageError} If the file of the token cannot be used.
 */
export async function servePrograms(
  { mailbox, hub, host, port }: ServeProgramsOptions,
  command: RunCommand,
  context: CommandContext,
): Promise<DaemonServer> {
  const { output, clock, settings, env } = context;
  const { allowOrigin = [], allowRemote, dialect, tokenFile } = command;
  // The server looks at this very list at each request.
  const allowedOrigins = [...allowOrigin, ...settings?.allowedOrigins ?? []];
  context.onReload(() => void reload());
  return await serveStock({
    mailbox,
    hub,
    address: { kind: "tcp", host, port },
    dialect,
    allowedOrigins,
    allowRemote,
    token: tokenFile === undefined
      ? undefined
      : await readToken(tokenFile, context),
    clock,
    onEvent: (event) => void output.detail(sayServerEvent(event)),
  });

  async function reload(): Promise<void> {
    try {
      const { allowedOrigins: read = [] } = await readSettingsFile(env) ?? {};
      allowedOrigins.splice(0, Infinity, ...allowOrigin, ...read);
      await output.say("read the settings again");
    } catch (error) {
      // A mistake in the file must not stop what runs.
      await output.warn(describe(error).message);
    }
  }
}

/** Read what programs have to show; a file that is missing is made. */
async function readToken(
  path: string,
  { output }: CommandContext,
): Promise<string> {
  if (!await exists(path)) {
    const token = crypto.getRandomValues(new Uint8Array(TOKEN_SIZE))
      .toBase64({ alphabet: "base64url", omitPadding: true });
    await writePrivateFile(path, `${token}\n`, { replace: false });
    await output.say(`made a new token: ${path}`);
    return token;
  }
  const { mode, isFile } = await Deno.stat(path);
  if (!isFile) {
    throw new UsageError(`Cannot use ${path} as a token: it is no file`, {
      hint: "Name a file, or one that is to be made, with --token-file",
    });
  }
  if (mode !== null && (mode & 0o077) !== 0) {
    throw new UsageError(`Cannot use ${path}: others may read it`, {
      hint: `Keep it to yourself: chmod 600 ${path}`,
    });
  }
  const token = (await Deno.readTextFile(path)).trim();
  if (token.length >= MIN_TOKEN_LENGTH) return token;
  throw new UsageError(
    `Cannot use ${path}: need a token of ${MIN_TOKEN_LENGTH} characters or more, have ${token.length}`,
    { hint: "Remove the file: a new one is made" },
  );
}
