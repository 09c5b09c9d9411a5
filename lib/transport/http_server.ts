import { ConnectionError, EXIT } from "../errors.ts";

/** Options of {@linkcode serveHttp}. */
export interface ServeHttpOptions {
  /** The address to listen on. @default "127.0.0.1" */
  hostname?: string | undefined;
  /** The port; 0 is any free one. @default 0 */
  port?: number | undefined;
  /** Answers a request; what it throws becomes an empty 500. */
  handler: (request: Request) => Response | Promise<Response>;
  /** Hears what the handler threw. */
  onFailure?: ((reason: unknown) => void) | undefined;
}

/** A listening HTTP server. */
export interface HttpServer extends AsyncDisposable {
  /** The address it listens on. */
  readonly hostname: string;
  /** The port it listens on. */
  readonly port: number;
  /** Stop; requests under way are answered. More calls do nothing. */
  close(): Promise<void>;
}

/**
 * Serve HTTP. WebSockets have a server of their own, `ws_listen.ts`: the runtime's would hold small frames back by 40 ms,
 * as it leaves Nagle's algorithm on, and cannot pause reading.
 *
 * @throws {PortTakenError} If the port is taken; exit code 4.
 * @throws {ConnectionError} If the address cannot be listened on for another reason.
 */
export function serveHttp(options: ServeHttpOptions): HttpServer {
  const { hostname = "127.0.0.1", port = 0, handler, onFailure } = options;
  const server = listen(hostname, port, handler, onFailure);
  let closing: Promise<void> | undefined;
  const close = () => closing ??= server.shutdown();
  return {
    hostname: server.addr.hostname,
    port: server.addr.port,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listen(
  hostname: string,
  port: number,
  handler: ServeHttpOptions["handler"],
  onFailure: ServeHttpOptions["onFailure"],
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({
      hostname,
      port,
      handler,
      onListen: () => {},
      onError(reason) {
        onFailure?.(reason);
        return new Response(null, { status: 500 });
      },
    });
  } catch (cause) {
    throw cannotListen(hostname, port, cause);
  }
}

/** A port cannot be listened on, as someone else does. */
export class PortTakenError extends ConnectionError {
  override name = "PortTakenError";
  /** Which port. */
  readonly port: number;

  /** Name the address and keep the system's error. */
  constructor(hostname: string, port: number, cause: unknown) {
    super(`Cannot listen on ${hostname}:${port}: port is taken`, {
      cause,
      exitCode: EXIT.busy,
      hint: "Choose another port, or 0 for any free one",
    });
    this.port = port;
  }
}

/** The error for an address that cannot be listened on. */
export function cannotListen(
  hostname: string,
  port: number,
  cause: unknown,
): ConnectionError {
  if (cause instanceof Deno.errors.AddrInUse) {
    return new PortTakenError(hostname, port, cause);
  }
  return new ConnectionError(
    `Cannot listen on ${hostname}:${port}: ${(cause as Error).message}`,
    { cause },
  );
}
