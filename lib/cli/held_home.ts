import {
  type HomeClient,
  startHomeClient,
  type StartHomeClientOptions,
} from "../client/home_client.ts";
import type { DaemonServer, ServerEvent } from "../daemon/daemon_server.ts";
import { serveChannel } from "../daemon/channel_server.ts";
import { MessageHub } from "../daemon/hub.ts";
import { SharedMailbox } from "../daemon/shared_mailbox.ts";
import { type HomePaths, join } from "../home/paths.ts";
import { removeIfThere, writePrivateFile } from "../home/private_file.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { ListenAddress } from "../transport/ws_listen.ts";
import type { CommandContext } from "./context.ts";
import { tellNotice } from "./home_notice.ts";
import { describe } from "./report.ts";

/** How many random bytes the token of a channel has. */
const TOKEN_SIZE = 32;

/** Unix sockets have short names: longer ones cannot be bound anywhere. */
const MAX_SOCKET_PATH = 100;

/** A home that this process holds: its client runs, and other processes can join it over our own channel. */
export interface HeldHome extends AsyncDisposable {
  readonly home: HomeClient;
  /** Hands out what arrives; nobody else may read the client's messages. */
  readonly hub: MessageHub;
  /** Tell other processes where the client can be reached: over the channel, and at `url` if it has a stock websocket. */
  announce(url: string | null): Promise<void>;
  /** Let go; what others have asked for is given `drain` milliseconds. */
  close(options?: { drain?: number | undefined }): Promise<void>;
}

/**
 * Hold a home and serve our own channel in it, for as long as this process lives.
 *
 * @throws What {@linkcode startHomeClient} throws.
 */
export async function holdHome(
  paths: HomePaths,
  context: CommandContext,
  options: StartHomeClientOptions,
): Promise<HeldHome> {
  const { output } = context;
  await using stack = new AsyncDisposableStack();
  const home = stack.use(
    await startHomeClient(paths, {
      ...options,
      clock: context.clock,
      onNotice: (notice) => tellNotice(notice, output),
    }),
  );
  const hub = stack.use(
    new MessageHub({
      mailbox: home.client,
      onFailure: (reason) => void output.alarm(describe(reason).message),
    }),
  );
  const token = crypto.getRandomValues(new Uint8Array(TOKEN_SIZE))
    .toBase64({ alphabet: "base64url", omitPadding: true });
  await writePrivateFile(paths.token, token);
  stack.defer(() => removeIfThere(paths.token));
  const channel = stack.use(
    await serveChannel({
      mailbox: home.client,
      hub,
      address: await channelAddress(paths),
      token,
      onEvent: (event) => void output.detail(sayServerEvent(event)),
    }),
  );
  const resources = stack.move();
  let closing: Promise<void> | undefined;
  return {
    home,
    hub,
    announce: (url) =>
      home.announce({
        url,
        channel: { url: channel.url, tokenFile: paths.token },
      }),
    close: ({ drain = 0 } = {}) => closing ??= close(drain),
    [Symbol.asyncDispose]: () => closing ??= close(0),
  };

  async function close(drain: number): Promise<void> {
    await closeIn(channel, drain);
    await hub.close();
    await home.close({ drain });
    await resources.disposeAsync();
  }
}

/** The client of a held home as a command of the same process sees it; closing it lets go of the home. */
export function heldMailbox({ home, hub, close }: HeldHome): Mailbox {
  const view = new SharedMailbox({ mailbox: home.client, hub });
  return {
    address: view.address,
    strongestStage: view.strongestStage,
    closed: view.closed,
    send: (message, options) => view.send(message, options),
    messages: (options) => view.messages(options),
    states: (options) => view.states(options),
    async close(options) {
      await view.close();
      await close(options);
    },
    async [Symbol.asyncDispose]() {
      await view.close();
      await close();
    },
  };
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

/** A unix socket in the home's own folder, which nobody else may enter; where there are none, a port of loopback. */
async function channelAddress(paths: HomePaths): Promise<ListenAddress> {
  const path = join(paths.own, "channel");
  const { length } = new TextEncoder().encode(path);
  if (Deno.build.os === "windows" || length > MAX_SOCKET_PATH) {
    return { kind: "tcp", host: "127.0.0.1", port: 0 };
  }
  // A process that was killed leaves its socket behind; we hold the lock, so nobody serves it.
  await removeIfThere(path);
  return { kind: "unix", path };
}

/** A server that nobody uses need not wait for anything. */
async function closeIn(server: DaemonServer, drain: number): Promise<void> {
  await server.close({ drain: server.open > 0 ? drain : 0 });
}
