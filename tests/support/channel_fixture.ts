import {
  type ChannelServerOptions,
  serveChannel,
} from "../../lib/daemon/channel_server.ts";
import type { DaemonServer } from "../../lib/daemon/daemon_server.ts";
import { MessageHub, type MessageHubOptions } from "../../lib/daemon/hub.ts";
import {
  openChannel,
  type OpenChannelOptions,
} from "../../lib/mailbox/channel.ts";
import type { ChannelMailbox } from "../../lib/mailbox/channel_mailbox.ts";
import { connectWs } from "../../lib/transport/ws_connect.ts";
import { MemoryMailbox, type MemoryMailboxOptions } from "./memory_mailbox.ts";
import { Program } from "./stock_fixture.ts";

/** The token of the fixture. */
export const TOKEN = "test-token";

/** A server of our channel over a mailbox in memory. */
export interface ChannelFixture extends AsyncDisposable {
  readonly mailbox: MemoryMailbox;
  readonly hub: MessageHub;
  readonly server: DaemonServer;
  /** Connect as a mailbox. */
  open(options?: Partial<OpenChannelOptions>): Promise<ChannelMailbox>;
  /** Connect as a program that speaks frames. */
  connect(): Promise<Program>;
}

/** Start one; what fails in it fails the test. */
export async function startChannel(
  options: Partial<ChannelServerOptions> = {},
  mailboxOptions: MemoryMailboxOptions = {},
  hubOptions: Partial<MessageHubOptions> = {},
): Promise<ChannelFixture> {
  const failures: unknown[] = [];
  const mailbox = new MemoryMailbox(mailboxOptions);
  const hub = new MessageHub({
    mailbox,
    onFailure: (reason) => failures.push(reason),
    ...hubOptions,
  });
  const server = await serveChannel({
    mailbox,
    hub,
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
    token: TOKEN,
    ...options,
    onEvent(event) {
      if (event.kind === "failed") failures.push(event.reason);
      options.onEvent?.(event);
    },
  });
  return {
    mailbox,
    hub,
    server,
    open: (more = {}) =>
      openChannel({ url: server.url, token: TOKEN, ...more }),
    async connect() {
      const headers = { authorization: `Bearer ${TOKEN}` };
      return new Program(await connectWs(server.url, { headers }));
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await hub.close();
      await mailbox.close();
      if (failures.length > 0) throw failures[0];
    },
  };
}
