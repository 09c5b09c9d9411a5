import { serveChannel } from "../daemon/channel_server.ts";
import type { DaemonServer, ServerEvent } from "../daemon/daemon_server.ts";
import type { MessageHub } from "../daemon/hub.ts";
import { type HomePaths, join } from "../home/paths.ts";
import { removeIfThere, writePrivateFile } from "../home/private_file.ts";
import type { RunChannel } from "../home/run_file.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { ListenAddress } from "../transport/ws_listen.ts";
import type { CommandContext } from "./context.ts";
import { describe } from "./report.ts";

/** How many random bytes the token of a channel has. */
const TOKEN_SIZE = 32;

/** How long a command that has ended waits for what programs of the same client have asked it for, in milliseconds. */
const PATIENCE_MS = 30_000;

/** The same for one that was told to end. */
const SHORT_PATIENCE_MS = 10_000;

/** Unix sockets have short names: longer ones cannot be bound anywhere. */
const MAX_SOCKET_PATH = 100;

/** Our own channel of a client that this process has. Disposing of it takes its token away: to be done while the folder is held. */
export interface OwnChannel extends AsyncDisposable {
  /** Where it is, for the run file. */
  readonly where: RunChannel;
  /** Stop it; what programs have asked for is given `drain` milliseconds. */
  close(drain: number): Promise<void>;
}

/** Serve our own channel in a folder of ours, which this process holds; other processes find it through the run file there. */
export async function serveOwnChannel(
  paths: Pick<HomePaths, "own" | "token">,
  { mailbox, hub }: { mailbox: Mailbox; hub: MessageHub },
  { output }: CommandContext,
): Promise<OwnChannel> {
  const token = crypto.getRandomValues(new Uint8Array(TOKEN_SIZE))
    .toBase64({ alphabet: "base64url", omitPadding: true });
  await writePrivateFile(paths.token, token);
  let server: DaemonServer;
  try {
    server = await serveChannel({
      mailbox,
      hub,
      address: await channelAddress(paths),
      token,
      onEvent: (event) => void output.detail(sayServerEvent(event)),
    });
  } catch (error) {
    await removeIfThere(paths.token);
    throw error;
  }
  // A server that nobody uses need not wait for anything.
  const close = (drain: number) =>
    server.close({ drain: server.open > 0 ? drain : 0 });
  let disposing: Promise<void> | undefined;
  async function dispose(): Promise<void> {
    await close(0);
    await removeIfThere(paths.token);
  }
  return {
    where: { url: server.url, tokenFile: paths.token },
    close,
    // Once: another process may hold the folder later on.
    [Symbol.asyncDispose]: () => disposing ??= dispose(),
  };
}

/** How long a command waits for those who have joined it before it takes the channel away. */
export function patience({ signal }: Pick<CommandContext, "signal">): number {
  return signal.aborted ? SHORT_PATIENCE_MS : PATIENCE_MS;
}

/** What happens at a server, in a line for people. */
export function sayServerEvent(event: ServerEvent): string {
  switch (event.kind) {
    case "opened":
      return `a program connected; ${event.open} now`;
    case "closed":
      return `a program left; ${event.open} now`;
    case "refused":
      return `a program was refused with ${event.status}: ${event.reason}`;
    case "failed":
      return `a program was let go: ${describe(event.reason).message}`;
    default:
      return event satisfies never;
  }
}

/** A unix socket in the folder, which nobody else may enter; where there are none, a port of loopback. */
async function channelAddress(
  { own }: Pick<HomePaths, "own">,
): Promise<ListenAddress> {
  const path = join(own, "channel");
  const { length } = new TextEncoder().encode(path);
  if (Deno.build.os === "windows" || length > MAX_SOCKET_PATH) {
    return { kind: "tcp", host: "127.0.0.1", port: 0 };
  }
  // A process that was killed leaves its socket behind; we hold the lock, so nobody serves it.
  await removeIfThere(path);
  return { kind: "unix", path };
}
