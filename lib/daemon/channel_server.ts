import { type Clock, systemClock } from "../async/clock.ts";
import { TaskSet } from "../async/tasks.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import {
  listenWs,
  type UpgradeDecision,
  type UpgradeRequest,
} from "../transport/ws_listen.ts";
import type { WsConnection } from "../transport/ws_connection.ts";
import { CHANNEL_PROTOCOL } from "../wire/channel/version.ts";
import { checkAccess } from "./access.ts";
import { ChannelSession } from "./channel_session.ts";
import {
  type DaemonServer,
  daemonServer,
  type ListenOptions,
  policyOf,
  Sessions,
} from "./daemon_server.ts";
import type { MessageHub } from "./hub.ts";

/** Options of {@linkcode serveChannel}. */
export interface ChannelServerOptions extends ListenOptions {
  /** The client. */
  mailbox: Mailbox;
  /** What arrives for it. */
  hub: MessageHub;
  /** What everyone has to show. */
  token: string;
  /** How many requests a second are read from one program in the long run. @default 20_000 */
  requestsPerSecond?: number | undefined;
  /** @default the system's */
  clock?: Clock | undefined;
}

/**
 * Serve our own channel to any number of programs that know the token: docs/channel.md.
 *
 * @throws {UsageError} If it should listen beyond loopback without being told so.
 * @throws {ConnectionError} If the port is taken, with exit code 4.
 */
export async function serveChannel(
  options: ChannelServerOptions,
): Promise<DaemonServer> {
  const { address, mailbox, hub, maxConnections = 64 } = options;
  const { clock = systemClock, onEvent = () => {} } = options;
  const policy = policyOf(options);
  const onFailure = (reason: unknown) => onEvent({ kind: "failed", reason });
  const sessions = new Sessions(onEvent);

  async function decide(request: UpgradeRequest): Promise<UpgradeDecision> {
    const protocol = chooseProtocol(request);
    // First what costs nothing: who is at the other end takes a look at every connection of the machine.
    const refusal = sessions.size >= maxConnections
      ? { status: 503, reason: "This client serves enough programs already" }
      : await checkAccess(request, policy) ??
        (protocol === "unknown"
          ? {
            status: 400,
            reason: `This channel speaks ${CHANNEL_PROTOCOL} and nothing else`,
          }
          : sessions.draining
          ? { status: 503, reason: "This client is about to stop" }
          : undefined);
    if (refusal === undefined) {
      return {
        kind: "accept",
        protocol: protocol === "asked" ? CHANNEL_PROTOCOL : undefined,
        serve,
      };
    }
    onEvent({ kind: "refused", ...refusal });
    return { kind: "refuse", ...refusal };
  }

  async function serve(connection: WsConnection): Promise<void> {
    if (sessions.draining) return connection.close(1013);
    const { signal } = sessions;
    await sessions.serve(
      new ChannelSession({
        connection,
        mailbox,
        hub,
        requestsPerSecond: options.requestsPerSecond ?? 20_000,
        clock,
        signal,
        onFailure,
      }),
    );
  }

  const listener = await listenWs({
    address,
    decide,
    notice:
      "This is nymwire's own channel: docs/channel.md says how it is spoken.",
    onFailure,
    handshakeTimeout: options.handshakeTimeout,
  });
  const tasks = new TaskSet(onFailure);
  return daemonServer(address, listener, sessions, tasks);
}

/** Whoever asks for a subprotocol must ask for ours; whoever asks for none is taken to know where it is. */
function chooseProtocol(
  request: UpgradeRequest,
): "asked" | "none" | "unknown" {
  const offered = request.header("sec-websocket-protocol");
  if (offered === undefined) return "none";
  const names = offered.split(",").map((name) => name.trim());
  return names.includes(CHANNEL_PROTOCOL) ? "asked" : "unknown";
}
