import type { Bytes } from "../bytes/brand.ts";
import { ConnectionError } from "../errors.ts";
import { cannotListen } from "./http_server.ts";
import type { ByteConnection } from "./transport.ts";

/** How much is read at once. */
const CHUNK = 64 * 1024;

/** Where a TCP socket is. */
export interface TcpAddress {
  /** An IP address or a host name. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** Options of {@linkcode connectTcp}. */
export interface ConnectTcpOptions {
  /** Gives up when it fires. */
  signal?: AbortSignal | undefined;
  /** Gives up after so many milliseconds. @default 1500 */
  timeout?: number | undefined;
}

/** A listening TCP socket. */
export interface TcpListener extends AsyncDisposable {
  /** The port it listens on. */
  readonly port: number;
  /** Who connects, for one reader. Ends when the listener is closed. */
  readonly connections: AsyncIterable<ByteConnection>;
  /** Stop listening; connections live on. More calls do nothing. */
  close(): void;
}

/**
 * Open a TCP connection.
 *
 * @throws {ConnectionError} If nobody answers, in time.
 * @throws The signal's reason.
 */
export async function connectTcp(
  { host, port }: TcpAddress,
  { signal, timeout = 1500 }: ConnectTcpOptions = {},
): Promise<ByteConnection> {
  signal?.throwIfAborted();
  const deadline = AbortSignal.timeout(timeout);
  try {
    return new TcpConnection(
      await Deno.connect({
        hostname: host,
        port,
        signal: signal === undefined
          ? deadline
          : AbortSignal.any([signal, deadline]),
      }),
    );
  } catch (cause) {
    signal?.throwIfAborted();
    const why = deadline.aborted
      ? `no answer in ${timeout} ms`
      : (cause as Error).message;
    throw new ConnectionError(`Cannot connect to ${host}:${port}: ${why}`, {
      cause,
    });
  }
}

/**
 * Listen for TCP connections; port 0 is any free one.
 *
 * @throws {PortTakenError} If the port is taken; exit code 4.
 * @throws {ConnectionError} If the address cannot be listened on for another reason.
 */
export function listenTcp({ host, port }: TcpAddress): TcpListener {
  const listener = listen(host, port);
  let open = true;
  const close = () => {
    if (open) listener.close();
    open = false;
  };
  return {
    port: listener.addr.port,
    connections: accept(listener, () => open),
    close,
    [Symbol.asyncDispose]: () => Promise.resolve(close()),
  };
}

function listen(hostname: string, port: number): Deno.TcpListener {
  try {
    return Deno.listen({ hostname, port });
  } catch (cause) {
    throw cannotListen(hostname, port, cause);
  }
}

async function* accept(
  listener: Deno.TcpListener,
  isOpen: () => boolean,
): AsyncGenerator<ByteConnection, void> {
  while (isOpen()) {
    let accepted: Deno.TcpConn;
    try {
      accepted = await listener.accept();
    } catch (error) {
      if (!isOpen()) return;
      // A peer that left between its knock and our answer concerns nobody else.
      if (error instanceof Deno.errors.ConnectionAborted) continue;
      throw new ConnectionError("Cannot accept connections", { cause: error });
    }
    yield new TcpConnection(accepted);
  }
}

/** A {@linkcode ByteConnection} over TCP. */
class TcpConnection implements ByteConnection {
  readonly remote: string;
  readonly #socket: Deno.TcpConn;
  readonly #closed = Promise.withResolvers<void>();
  #open = true;
  #writes: Promise<void> = Promise.resolve();

  constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
    const { hostname, port } = socket.remoteAddr;
    this.remote = `${hostname}:${port}`;
    try {
      // Packets are whole units that nobody may hold back to fill a segment.
      socket.setNoDelay();
    } catch {
      // The peer is gone already; the first read or write will say so.
    }
  }

  get chunks(): AsyncIterable<Bytes> {
    return this.#read();
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  write(data: Uint8Array): Promise<void> {
    const written = this.#writes.then(() => this.#writeAll(data));
    // A failed write fails for its caller; the next one finds out by itself.
    this.#writes = written.catch(() => {});
    return written;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.close();
    this.#closed.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return this.#writes;
  }

  async *#read(): AsyncGenerator<Bytes, void> {
    const buffer = new Uint8Array(CHUNK);
    while (this.#open) {
      let length: number | null;
      try {
        length = await this.#socket.read(buffer);
      } catch (cause) {
        if (!this.#open) return;
        throw this.#broken("read from", cause);
      }
      if (length === null) return;
      yield buffer.slice(0, length);
    }
  }

  async #writeAll(data: Uint8Array): Promise<void> {
    let rest = data;
    while (rest.length > 0) {
      if (!this.#open) throw this.#broken("write to", undefined);
      try {
        rest = rest.subarray(await this.#socket.write(rest));
      } catch (cause) {
        throw this.#broken("write to", cause);
      }
    }
  }

  #broken(doing: string, cause: unknown): ConnectionError {
    const why = cause instanceof Error && this.#open ? cause.message : "closed";
    return new ConnectionError(`Cannot ${doing} ${this.remote}: ${why}`, {
      cause,
    });
  }
}
