import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer } from "ws";
import { TaskSet } from "../async/tasks.ts";
import { ConnectionError, EXIT } from "../errors.ts";
import { cannotListen } from "./http_server.ts";
import { WsConnection } from "./ws_connection.ts";

/** The largest message, in bytes, after its frames were joined. */
const MAX_MESSAGE = 64 * 1024 * 1024;
/** The longest head of a request, in bytes. */
const MAX_HEAD = 16 * 1024;
/** So many connections may be in their handshake at once. */
const MAX_HANDSHAKES = 64;

/** Where to listen: a TCP port, 0 for any free one, or a unix socket, which only its owner can open. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** A request for a WebSocket. */
export interface UpgradeRequest {
  /** Its path and query. */
  readonly url: URL;
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  /** The two ends of the connection; none on a unix socket. */
  readonly ends: ConnectionEnds | undefined;
}

/** The two ends of a TCP connection. */
export interface ConnectionEnds {
  /** IP address of the peer. */
  readonly peerHost: string;
  /** Port of the peer. */
  readonly peerPort: number;
  /** Our own port. */
  readonly ownPort: number;
}

/** What becomes of a request: a WebSocket, perhaps with a subprotocol, or an answer of a status and one line. */
export type UpgradeDecision =
  | {
    readonly kind: "accept";
    readonly protocol?: string | undefined;
    /** Has the connection from now on; it is closed when this settles. */
    readonly serve: (connection: WsConnection) => Promise<void>;
  }
  | {
    readonly kind: "refuse";
    readonly status: number;
    readonly reason: string;
  };

/** Options of {@linkcode listenWs}. */
export interface ListenWsOptions {
  /** Where to listen. */
  address: ListenAddress;
  /** Looks at each request for a WebSocket. */
  decide: (
    request: UpgradeRequest,
  ) => UpgradeDecision | Promise<UpgradeDecision>;
  /** What plain HTTP requests are told, with status 426. */
  notice: string;
  /** Hears of what failed while a connection was served. */
  onFailure: (reason: unknown) => void;
  /** A longer message ends its connection with code 1009, in bytes. @default 64 MiB */
  maxMessage?: number | undefined;
  /** How long a connection may take for its request, in milliseconds. @default 10_000 */
  handshakeTimeout?: number | undefined;
}

/** A listening server. */
export interface WsListener extends AsyncDisposable {
  /** Its port; 0 on a unix socket. */
  readonly port: number;
  /** How many WebSockets are open. */
  readonly open: number;
  /** Stop listening, say goodbye to all, wait until they have gone. More calls do nothing. */
  close(): Promise<void>;
}

/**
 * Listen for WebSockets whose readers hold back their peers (see {@linkcode WsConnection}). No extension is negotiated, no
 * ping is sent, and a connection that does not ask in time is cut.
 *
 * @throws {ConnectionError} If the port or the path is taken, with exit code 4.
 */
export async function listenWs(options: ListenWsOptions): Promise<WsListener> {
  const { address, handshakeTimeout = 10_000 } = options;
  const http = createServer({
    headersTimeout: handshakeTimeout,
    requestTimeout: handshakeTimeout,
    connectionsCheckingInterval: Math.max(50, handshakeTimeout / 4),
    maxHeaderSize: MAX_HEAD,
  });
  const listener = new Listener(http, options);
  await listen(http, address);
  return listener;
}

class Listener implements WsListener {
  readonly #http: Server;
  readonly #options: ListenWsOptions;
  readonly #handshakes = new Set<Socket>();
  readonly #connections = new Set<WsConnection>();
  readonly #tasks: TaskSet;
  #closing: Promise<void> | undefined;

  constructor(http: Server, options: ListenWsOptions) {
    this.#http = http;
    this.#options = options;
    this.#tasks = new TaskSet(options.onFailure);
    http.on("connection", (socket: Socket) => this.#knock(socket));
    http.on("request", (_request, response) => {
      response.writeHead(426, {
        upgrade: "websocket",
        connection: "close",
        "content-type": "text/plain; charset=utf-8",
      });
      response.end(`${options.notice}\n`);
    });
    http.on("upgrade", (request, socket, head) => {
      this.#tasks.add(this.#upgrade(request, socket as Socket, head));
    });
  }

  get port(): number {
    const address = this.#http.address();
    return typeof address === "object" ? address?.port ?? 0 : 0;
  }

  get open(): number {
    return this.#connections.size;
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) =>
      this.#http.close(() => resolve())
    );
    for (const socket of this.#handshakes) socket.destroy();
    for (const connection of this.#connections) connection.close(1001);
    await this.#tasks.join();
    await closed;
  }

  #knock(socket: Socket): void {
    // What breaks in a handshake concerns nobody but that peer.
    socket.on("error", () => {});
    if (this.#handshakes.size >= MAX_HANDSHAKES) {
      socket.destroy();
      return;
    }
    this.#handshakes.add(socket);
    socket.on("close", () => this.#handshakes.delete(socket));
  }

  async #upgrade(
    request: IncomingMessage,
    socket: Socket,
    head: Uint8Array,
  ): Promise<void> {
    let decision: UpgradeDecision;
    try {
      decision = await this.#decide(request, socket);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    if (socket.destroyed || this.#closing !== undefined) {
      socket.destroy();
      return;
    }
    if (decision.kind === "refuse") {
      refuse(socket, decision.status, decision.reason);
      return;
    }
    const { protocol } = decision;
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: this.#options.maxMessage ?? MAX_MESSAGE,
      perMessageDeflate: false,
      // Without this the first one that a client offers would be taken.
      handleProtocols: () => protocol ?? false,
    });
    const accepted = Promise.withResolvers<WsConnection | undefined>();
    socket.on("close", () => accepted.resolve(undefined));
    server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#handshakes.delete(socket);
      accepted.resolve(new WsConnection(webSocket));
    });
    const connection = await accepted.promise;
    if (connection === undefined) return;
    this.#connections.add(connection);
    try {
      await decision.serve(connection);
    } finally {
      await connection[Symbol.asyncDispose]();
      this.#connections.delete(connection);
    }
  }

  #decide(
    request: IncomingMessage,
    socket: Socket,
  ): UpgradeDecision | Promise<UpgradeDecision> {
    const path = request.url ?? "/";
    if (!URL.canParse(path, "ws://host")) {
      return { kind: "refuse", status: 400, reason: "Malformed path" };
    }
    const { remoteAddress, remotePort, localPort } = socket;
    return this.#options.decide({
      url: new URL(path, "ws://host"),
      header(name) {
        const value = request.headers[name];
        return Array.isArray(value) ? value.join(", ") : value;
      },
      ends: remoteAddress === undefined || remotePort === undefined ||
          localPort === undefined
        ? undefined
        : {
          peerHost: remoteAddress,
          peerPort: remotePort,
          ownPort: localPort,
        },
    });
  }
}

function refuse(socket: Socket, status: number, reason: string): void {
  const body = new TextEncoder().encode(`${reason}\n`);
  // The peer need not end its side for us to be done with it.
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? "Refused"}\r\n` +
      "Content-Type: text/plain; charset=utf-8\r\n" +
      `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${reason}\n`,
  );
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  503: "Service Unavailable",
};

async function listen(http: Server, address: ListenAddress): Promise<void> {
  const name = address.kind === "tcp"
    ? [address.host, address.port] as const
    : undefined;
  const listening = Promise.withResolvers<void>();
  http.once("error", listening.reject);
  http.once("listening", () => listening.resolve());
  try {
    if (address.kind === "tcp") http.listen(address.port, address.host);
    else listenUnix(http, address.path);
    await listening.promise;
  } catch (cause) {
    if (name !== undefined) throw cannotListen(...name, asTaken(cause));
    throw new ConnectionError(
      `Cannot listen on unix socket: ${(cause as Error).message}`,
      { cause, exitCode: EXIT.busy },
    );
  } finally {
    http.removeListener("error", listening.reject);
  }
}

/** The socket file is made for its owner alone from its first moment. */
function listenUnix(http: Server, path: string): void {
  const before = Deno.umask(0o177);
  try {
    http.listen(path);
  } finally {
    Deno.umask(before);
  }
}

/** The error of the runtime's own listeners, which callers look for. */
function asTaken(cause: unknown): unknown {
  return (cause as { code?: string }).code === "EADDRINUSE"
    ? new Deno.errors.AddrInUse("port is taken", { cause })
    : cause;
}
