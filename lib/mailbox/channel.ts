import { shortKey } from "../bytes/short_key.ts";
import { ConnectionError, EXIT } from "../errors.ts";
import { type Recipient, sameRecipient } from "../message/recipient.ts";
import type { FrameConnection } from "../transport/transport.ts";
import { CHANNEL_PROTOCOL } from "../wire/channel/version.ts";
import { ChannelMailbox } from "./channel_mailbox.ts";

/** Options of {@linkcode openChannel}. */
export interface OpenChannelOptions {
  /** Where the channel is: `ws://…`, or `ws+unix:<path>:/` for a unix socket. */
  url: string;
  /** The token of the channel. */
  token: string;
  /** Whose client it must be. */
  expect?: Recipient | undefined;
  /** Mailboxes that name the same group share what arrives; without one this mailbox sees everything. */
  group?: string | undefined;
  /** How many messages may be in hand here at once, up to 1024. @default 64 */
  window?: number | undefined;
  /** Gives up when it fires. */
  signal?: AbortSignal | undefined;
  /** How long the client may take to answer, in milliseconds. @default 10_000 */
  timeout?: number | undefined;
}

/**
 * Use a running client of ours over its own channel (docs/channel.md).
 *
 * @throws {ConnectionError} With exit code 3 if nobody answers or the token is wrong, and 4 if the client serves too many
 * programs or is not whom `expect` says.
 * @throws The signal's reason.
 */
export async function openChannel(
  options: OpenChannelOptions,
): Promise<ChannelMailbox> {
  const { expect, signal, timeout = 10_000, group, window } = options;
  const connection = await connect(options, timeout);
  const mailbox = new ChannelMailbox({ connection, group, window });
  const deadline = AbortSignal.timeout(timeout);
  const giveUp = () => connection.close();
  const either = signal ? AbortSignal.any([signal, deadline]) : deadline;
  either.addEventListener("abort", giveUp, { once: true });
  try {
    const { address } = await mailbox.begin();
    if (expect === undefined || sameRecipient(expect, address)) return mailbox;
    throw new ConnectionError(
      `Cannot use the running client: it is ${
        shortKey(address.identity)
      }, need ${shortKey(expect.identity)}`,
      { exitCode: EXIT.busy },
    );
  } catch (error) {
    await mailbox.close();
    signal?.throwIfAborted();
    if (!deadline.aborted) throw error;
    throw new ConnectionError(
      `Cannot use the running client: no answer in ${timeout} ms`,
      { exitCode: EXIT.down },
    );
  } finally {
    either.removeEventListener("abort", giveUp);
  }
}

async function connect(
  { url, token, signal }: OpenChannelOptions,
  timeout: number,
): Promise<FrameConnection> {
  // The websocket library takes longer to load than most commands to run: only those that connect wait for it.
  const { connectWs, UpgradeRefusedError } = await import(
    "../transport/ws_connect.ts"
  );
  const headers = { authorization: `Bearer ${token}` };
  try {
    return await connectWs(url, {
      headers,
      signal,
      timeout,
      protocol: CHANNEL_PROTOCOL,
    });
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    const status = error instanceof UpgradeRefusedError
      ? error.status
      : undefined;
    throw new ConnectionError(
      status === undefined
        ? error.message
        : `Cannot use the running client: it refused with HTTP status ${status}`,
      {
        cause: error,
        exitCode: status === 503 ? EXIT.busy : EXIT.down,
        hint: status === 401
          ? "Check the token: it changes whenever the client starts"
          : undefined,
      },
    );
  }
}
