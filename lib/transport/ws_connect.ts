import { WebSocket } from "ws";
import { ConnectionError, UsageError } from "../errors.ts";
import { WsConnection } from "./ws_connection.ts";

/** The largest message, in bytes. */
const MAX_MESSAGE = 64 * 1024 * 1024;

/** Options of {@linkcode connectWs}. */
export interface ConnectWsOptions {
  /** Gives up when it fires. */
  signal?: AbortSignal | undefined;
  /** Gives up after so many milliseconds. @default 10_000 */
  timeout?: number | undefined;
  /** Asked for with the upgrade, where `url` does not say otherwise: what follows its question mark. Errors do without it. */
  query?: string | undefined;
  /** Sent with the request for the upgrade. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** A subprotocol to ask for. */
  protocol?: string | undefined;
  /** A longer message ends the connection with code 1009, in bytes. @default 64 MiB */
  maxMessage?: number | undefined;
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

/** Somebody accepted the connection and ended it without a word, as a native client does that serves another program. */
export class SilentlyClosedError extends ConnectionError {
  override name = "SilentlyClosedError";
}

/**
 * Open a WebSocket that holds back its peer while its reader is behind: see {@linkcode WsConnection}. `url` may be
 * `ws+unix:<path>:<request path>` for a unix socket.
 *
 * @throws {UsageError} If `url` is no address of a WebSocket.
 * @throws {UpgradeRefusedError} If there is an HTTP server that does not want to.
 * @throws {SilentlyClosedError} If the connection was accepted, and ended before the upgrade.
 * @throws {ConnectionError} If nobody listens, or nobody answers in time, or not in HTTP.
 * @throws The signal's reason.
 */
export async function connectWs(
  url: string,
  options: ConnectWsOptions = {},
): Promise<WsConnection> {
  const { signal, timeout = 10_000, headers = {}, protocol } = options;
  const { maxMessage = MAX_MESSAGE, query } = options;
  signal?.throwIfAborted();
  if (!/^(wss?:\/\/|ws\+unix:)/i.test(url) || !URL.canParse(url)) {
    throw new UsageError(
      `Cannot connect to ${url}: need a ws:// or wss:// address`,
    );
  }
  const socket = new WebSocket(
    withQuery(url, query),
    protocol === undefined ? [] : [protocol],
    {
      headers,
      handshakeTimeout: timeout,
      maxPayload: maxMessage,
      perMessageDeflate: false,
      followRedirects: false,
      autoPong: false,
    },
  );
  // Made before the socket opens: what the peer sends at once must find a listener.
  const connection = new WsConnection(socket, {
    fragment: true,
    answerPings: true,
  });
  const opened = Promise.withResolvers<void>();
  socket.on("open", opened.resolve);
  socket.on("error", opened.reject);
  const giveUp = () => socket.terminate();
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    await opened.promise;
    return connection;
  } catch (cause) {
    await connection.closed;
    signal?.throwIfAborted();
    throw explain(url, cause as Error & { code?: string }, timeout);
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

function withQuery(url: string, query: string | undefined): string {
  if (query === undefined) return url;
  const at = new URL(url);
  for (const [name, value] of new URLSearchParams(query)) {
    if (!at.searchParams.has(name)) at.searchParams.set(name, value);
  }
  return at.href;
}

function explain(
  url: string,
  cause: Error & { code?: string },
  timeout: number,
): ConnectionError {
  const status = /^Unexpected server response: (\d{3})/.exec(cause.message)
    ?.[1];
  if (status !== undefined) return new UpgradeRefusedError(url, Number(status));
  if (cause.code === "ECONNRESET" || cause.code === "EPIPE") {
    return new SilentlyClosedError(
      `Cannot connect to ${url}: the connection was closed before the upgrade`,
      { cause },
    );
  }
  const why = cause.message === "Opening handshake has timed out"
    ? `no answer in ${timeout} ms`
    : cause.code === "ECONNREFUSED" || cause.code === "ENOENT"
    ? "nobody listens there"
    : cause.code === "ENOTFOUND"
    ? "there is no such host"
    : cause.message;
  return new ConnectionError(`Cannot connect to ${url}: ${why}`, {
    cause,
    hint: "Check that the address is right and that its server runs",
  });
}
