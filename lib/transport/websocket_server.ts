import type { FrameConnection, ReceiveLimits } from "./transport.ts";
import { WebSocketConnection } from "./web_socket_connection.ts";

/** Options of {@linkcode acceptWebSocket}. */
export interface AcceptWebSocketOptions extends ReceiveLimits {
  /** After how many seconds without traffic the runtime pings the client; 0 is never, as official servers do. @default 0 */
  idleTimeout?: number | undefined;
}

/** A request that became a WebSocket. */
export interface AcceptedWebSocket {
  /** What the request handler returns. */
  readonly response: Response;
  /** The connection; frames can be sent once {@linkcode opened} has resolved. */
  readonly connection: FrameConnection;
  /**
   * Resolves when the client has the response.
   *
   * @throws {ConnectionError} If it left before.
   */
  readonly opened: Promise<void>;
}

/** Whether a request asks for a WebSocket. */
export function wantsWebSocket(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * Turn a request into a WebSocket.
 *
 * @throws {TypeError} If it does not ask for one: see {@linkcode wantsWebSocket}.
 */
export function acceptWebSocket(
  request: Request,
  options: AcceptWebSocketOptions = {},
): AcceptedWebSocket {
  const { idleTimeout = 0, ...limits } = options;
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout });
  const connection = new WebSocketConnection(socket, limits);
  return { response, connection, opened: connection.opened };
}
