import { abortable } from "../../async/abortable.ts";
import { type Clock, sleep } from "../../async/clock.ts";
import { ConnectionError, EXIT } from "../../errors.ts";
import { formatHostPort, type HostPort } from "../parse/host_port.ts";
import type { PipeEnd } from "./end.ts";

/** How long a server may take to accept a connection, in milliseconds. */
const CONNECT_TIME = 10_000;

/** How much is read at once. */
const READ_SIZE = 64 * 1024;

/**
 * Connect to a server.
 *
 * @throws {ConnectionError} If it cannot be reached.
 * @throws The signal's reason.
 */
export async function connectEnd(
  server: HostPort,
  { signal, clock }: { signal: AbortSignal; clock: Clock },
): Promise<PipeEnd> {
  const late = new AbortController();
  const connected = new AbortController();
  const waiting = sleep(clock, CONNECT_TIME, connected.signal)
    .then(() => late.abort(), () => {});
  try {
    const connection = await Deno.connect({
      hostname: server.host,
      port: server.port,
      signal: AbortSignal.any([signal, late.signal]),
    });
    return tcpEnd(connection);
  } catch (cause) {
    signal.throwIfAborted();
    const why = late.signal.aborted ? "no answer" : (cause as Error).message;
    throw new ConnectionError(
      `Cannot connect to ${formatHostPort(server)}: ${why}`,
      { cause, hint: "Check that a server listens there" },
    );
  } finally {
    connected.abort();
    await waiting;
  }
}

/** A TCP connection; each of its directions ends by itself. */
export function tcpEnd(connection: Deno.TcpConn): PipeEnd {
  try {
    connection.setNoDelay();
  } catch {
    // The peer is gone already; the first read or write will say so.
  }
  let isOpen = true;
  return {
    // Not its web streams: the end of one of them would close both directions.
    async *chunks(signal) {
      for (;;) {
        const buffer = new Uint8Array(READ_SIZE);
        let length: number | null;
        try {
          length = await abortable(connection.read(buffer), signal);
        } catch (error) {
          signal.throwIfAborted();
          throw lost(error);
        }
        if (length === null) return;
        yield buffer.subarray(0, length);
      }
    },
    async write(chunk) {
      try {
        for (let rest = chunk; rest.length > 0;) {
          rest = rest.subarray(await connection.write(rest));
        }
      } catch (error) {
        throw lost(error);
      }
    },
    async end() {
      try {
        await connection.closeWrite();
      } catch {
        // The other side has closed both directions: by now it was given everything.
      }
    },
    finished: () => Promise.resolve(),
    [Symbol.asyncDispose]() {
      if (isOpen) connection.close();
      isOpen = false;
      return Promise.resolve();
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
