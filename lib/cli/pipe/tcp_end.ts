import { ConnectionError, EXIT } from "../../errors.ts";
import { formatHostPort, type HostPort } from "../parse/host_port.ts";
import { abortableChunks } from "./chunks.ts";
import type { PipeEnd } from "./end.ts";

/** How long a server may take to accept a connection, in milliseconds. */
const CONNECT_TIME = 10_000;

/**
 * Connect to a server.
 *
 * @throws {ConnectionError} If it cannot be reached.
 * @throws The signal's reason.
 */
export async function connectEnd(
  server: HostPort,
  signal: AbortSignal,
): Promise<PipeEnd> {
  const deadline = AbortSignal.timeout(CONNECT_TIME);
  try {
    const connection = await Deno.connect({
      hostname: server.host,
      port: server.port,
      signal: AbortSignal.any([signal, deadline]),
    });
    return tcpEnd(connection);
  } catch (cause) {
    signal.throwIfAborted();
    const why = deadline.aborted ? "no answer" : (cause as Error).message;
    throw new ConnectionError(
      `Cannot connect to ${formatHostPort(server)}: ${why}`,
      { cause, hint: "Check that a server listens there" },
    );
  }
}

/** A TCP connection; each of its directions ends by itself. */
export function tcpEnd(connection: Deno.TcpConn): PipeEnd {
  try {
    connection.setNoDelay();
  } catch {
    // The peer is gone already; the first read or write will say so.
  }
  const writer = connection.writable.getWriter();
  writer.closed.catch(() => {}); // whoever writes has it
  let isRead = false;
  return {
    async *chunks(signal) {
      isRead = true;
      try {
        yield* abortableChunks(connection.readable, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw lost(error);
      }
    },
    async write(chunk) {
      try {
        await writer.write(chunk);
      } catch (error) {
        throw lost(error);
      }
    },
    async end() {
      try {
        await writer.close();
      } catch {
        // The other side has closed both directions: by now it was given everything.
      }
    },
    finished: () => Promise.resolve(),
    async [Symbol.asyncDispose]() {
      if (!isRead) await connection.readable.cancel().catch(() => {});
      await writer.abort().catch(() => {});
      try {
        connection.close();
      } catch {
        // It was closed with the last of its two directions.
      }
    },
  };
}

function lost(cause: unknown): ConnectionError {
  return new ConnectionError(
    `Lost the connection: ${(cause as Error).message}`,
    {
      cause,
      exitCode: EXIT.lost,
      hint: "Check the program at the other end of the connection",
    },
  );
}
