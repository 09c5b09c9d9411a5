import { type Clock, systemClock } from "../async/clock.ts";
import { TaskSet } from "../async/tasks.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { WsConnection } from "../transport/ws_connection.ts";
import {
  listenWs,
  type UpgradeDecision,
  type UpgradeRequest,
} from "../transport/ws_listen.ts";
import { checkAccess } from "./access.ts";
import {
  type DaemonServer,
  daemonServer,
  type ListenOptions,
  policyOf,
  Sessions,
} from "./daemon_server.ts";
import type { MessageHub } from "./hub.ts";
import { LaneTable } from "./lanes.ts";
import { type Receive, receiveOf, type StockDialect } from "./stock_options.ts";
import { StockSession } from "./stock_session.ts";

/** Options of {@linkcode serveStock}. */
export interface StockServerOptions extends ListenOptions {
  /** The client. */
  mailbox: Mailbox;
  /** What arrives for it. */
  hub: MessageHub;
  /** What is spoken. @default "c" */
  dialect?: StockDialect | undefined;
  /** How many requests a second are read from one program in the long run. @default 20_000 */
  requestsPerSecond?: number | undefined;
  /** How many reply blocks the old `withReplySurb` means in dialect c. @default 10 */
  defaultSurbs?: number | undefined;
  /** @default the system's */
  clock?: Clock | undefined;
}

/**
 * Serve the local websocket of a native client, byte for byte, to any number of programs.
 *
 * @throws {UsageError} If it should listen beyond loopback without being told so, or without a token.
 * @throws {ConnectionError} If the port is taken, with exit code 4.
 */
export async function serveStock(
  options: StockServerOptions,
): Promise<DaemonServer> {
  const { address, mailbox, hub, maxConnections = 64 } = options;
  const { clock = systemClock, onEvent = () => {} } = options;
  const policy = policyOf(options);
  const onFailure = (reason: unknown) => onEvent({ kind: "failed", reason });
  const sessions = new Sessions(onEvent);
  const tasks = new TaskSet(onFailure);
  const lanes = new LaneTable(tasks, sessions.signal);

  async function decide(request: UpgradeRequest): Promise<UpgradeDecision> {
    const receive = receiveOf(request.url);
    // First what costs nothing: who is at the other end takes a look at every connection of the machine.
    const refusal = sessions.size >= maxConnections
      ? { status: 503, reason: "This client serves other programs already" }
      : await checkAccess(request, policy) ??
        (typeof receive === "string"
          ? { status: 400, reason: receive }
          : sessions.draining
          ? { status: 503, reason: "This client is about to stop" }
          : undefined);
    if (refusal !== undefined || typeof receive === "string") {
      onEvent({ kind: "refused", ...refusal! });
      return { kind: "refuse", ...refusal! };
    }
    return {
      kind: "accept",
      serve: (connection) => serve(connection, receive),
    };
  }

  async function serve(
    connection: WsConnection,
    receive: Receive,
  ): Promise<void> {
    // Two that asked in the same moment may both have been let in.
    if (sessions.draining || sessions.size >= maxConnections) {
      return connection.close(1013);
    }
    const session = new StockSession({
      connection,
      mailbox,
      hub,
      dialect: options.dialect ?? "c",
      receive,
      lanes,
      defaultSurbs: options.defaultSurbs ?? 10,
      requestsPerSecond: options.requestsPerSecond ?? 20_000,
      clock,
      signal: sessions.signal,
      onFailure,
    });
    await sessions.serve(session);
  }

  const listener = await listenWs({
    address,
    decide,
    notice:
      "This is the local websocket of a Nym client: connect with a websocket library.",
    onFailure,
    handshakeTimeout: options.handshakeTimeout,
  });
  return daemonServer(address, listener, sessions, tasks);
}
