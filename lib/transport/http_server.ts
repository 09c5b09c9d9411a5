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
  /** Stop; requests under way are answered, WebSockets are cut. More calls do nothing. */
  close(): Promise<void>;
}

/**
 * Serve HTTP, and WebSockets through `acceptWebSocket`.
 *
 * @throws {ConnectionError} If the port is taken, with exit code 4 and `Deno.errors.AddrInUse` as cause.
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

/** The error for a port that cannot be had. */
export function cannotListen(
  hostname: string,
  port: number,
  cause: unknown,
): ConnectionError {
  const taken = cause instanceof Deno.errors.AddrInUse;
  return new ConnectionError(
    `Cannot listen on ${hostname}:${port}: ${
      taken ? "port is taken" : (cause as Error).message
    }`,
    {
      cause,
      exitCode: taken ? EXIT.busy : undefined,
      hint: taken ? "Choose another port, or 0 for any free one" : undefined,
    },
  );
}
