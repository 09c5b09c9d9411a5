import { ConnectionError, UsageError } from "../errors.ts";
import type { FrameConnection, ReceiveLimits } from "./transport.ts";
import { WebSocketConnection } from "./web_socket_connection.ts";

/** Options of {@linkcode connectWebSocket}. */
export interface ConnectWebSocketOptions extends ReceiveLimits {
  /** Gives up when it fires. */
  signal?: AbortSignal | undefined;
  /** Gives up after so many milliseconds. @default 10_000 */
  timeout?: number | undefined;
  /** Sent with the request for the upgrade. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** The server answered the request for a WebSocket with another HTTP status than 101. */
export class UpgradeRefusedError extends ConnectionError {
  override name = "UpgradeRefusedError";
  /** What it answered instead, such as 503. */
  readonly status: number;

  /** Name the server and its answer. */
  constructor(url: string, status: number) {
    super(`Cannot connect to ${url}: have HTTP status ${status}, need 101`);
    this.status = status;
  }
}

/**
 * Open a WebSocket.
 *
 * @throws {UsageError} If `url` is no `ws:` or `wss:` address.
 * @throws {UpgradeRefusedError} If there is an HTTP server that does not want to.
 * @throws {ConnectionError} If nobody answers, in time, or who answers does not speak HTTP.
 * @throws The signal's reason.
 */
export async function connectWebSocket(
  url: string,
  options: ConnectWebSocketOptions = {},
): Promise<FrameConnection> {
  const { signal, timeout = 10_000, headers = {}, ...limits } = options;
  signal?.throwIfAborted();
  const connection = new WebSocketConnection(open(url, headers), limits);
  const giveUp = () => connection.close();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    giveUp();
  }, timeout);
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    await connection.opened;
    return connection;
  } catch {
    // The end of the connection says more than the refusal to open.
    const { reason } = await connection.closed;
    signal?.throwIfAborted();
    const status = /Invalid status code: (\d{3})/.exec(reason)?.[1];
    if (status !== undefined) {
      throw new UpgradeRefusedError(url, Number(status));
    }
    throw new ConnectionError(
      timedOut
        ? `Cannot connect to ${url}: no answer in ${timeout} ms`
        : `Cannot connect to ${url}: ${reason.replace(/^.*?WebSocket: /, "")}`,
      { hint: "Check that the address is right and that its server runs" },
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}

function open(
  url: string,
  headers: Readonly<Record<string, string>>,
): WebSocket {
  if (!/^wss?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new UsageError(
      `Cannot connect to ${url}: need a ws:// or wss:// address`,
    );
  }
  return new WebSocket(url, { headers });
}
