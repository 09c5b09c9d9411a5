import type { Recipient } from "../message/recipient.ts";
import { openChannel } from "./channel.ts";
import type { Mailbox } from "./mailbox.ts";
import { openReconnecting } from "./reconnecting.ts";
import { openStock } from "./stock.ts";

/** Options of {@linkcode connectMailbox}. */
export interface ConnectMailboxOptions {
  /** Where the client listens. @default "ws://127.0.0.1:1977" */
  url?: string | undefined;
  /** The token of a client of ours, whose own channel `url` is then (docs/channel.md). Without one, any nym-client. */
  token?: string | undefined;
  /** Whose client it must be. */
  expect?: Recipient | undefined;
  /** Connect again, after pauses that grow, whenever the client goes away. @default false */
  reconnect?: boolean | undefined;
  /** Gives up on the first connection when it fires. */
  signal?: AbortSignal | undefined;
  /** How long the client may take to answer, in milliseconds. @default 10_000 */
  timeout?: number | undefined;
}

/**
 * Use a client that runs already: any nym-client since 0.8.0 over its local websocket, or one of ours over its own channel.
 * A nym-client serves one program at a time; whoever opens this mailbox has it until it is closed.
 *
 * @throws {ConnectionError} With exit code 3 if nobody listens or answers as a client does, and 4 if the client serves another
 * program or is not whom `expect` says.
 * @throws The signal's reason.
 *
 * @example
 * ```ts
 * import { assertEquals, assertRejects } from "@std/assert";
 * import { ConnectionError, connectMailbox, EXIT } from "nymwire";
 *
 * const error = await assertRejects(
 *   () => connectMailbox({ url: "ws://127.0.0.1:9" }),
 *   ConnectionError,
 * );
 * assertEquals(error.exitCode, EXIT.down);
 * ```
 */
export async function connectMailbox(
  options: ConnectMailboxOptions = {},
): Promise<Mailbox> {
  const { url = "ws://127.0.0.1:1977", token, expect, timeout } = options;
  const open = (signal?: AbortSignal): Promise<Mailbox> =>
    token === undefined
      ? openStock({ url, expect, signal, timeout })
      : openChannel({ url, token, expect, signal, timeout });
  const { reconnect = false, signal } = options;
  return reconnect
    ? await openReconnecting({ open, signal })
    : await open(signal);
}
