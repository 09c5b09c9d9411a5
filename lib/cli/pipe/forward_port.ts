import { abortable } from "../../async/abortable.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import type { NymStream } from "../../stream/stream.ts";
import { cannotListen } from "../../transport/http_server.ts";
import type { CommandContext } from "../context.ts";
import { carry } from "./carry.ts";
import { Crowd } from "./crowd.ts";
import { endOf } from "./ending.ts";
import { tcpEnd } from "./tcp_end.ts";

/** Only programs of this machine may use the port: whoever uses it speaks in our name. */
const HOST = "127.0.0.1";

/** Connections at once; more wait until the system accepts them. */
const MAX_CONNECTIONS = 16;

/** Options of {@linkcode forwardPort}. */
export interface ForwardPortOptions {
  /** Calls the listener. */
  readonly dial: () => NymStream;
  /** Whether to take more than one connection. */
  readonly keepOpen: boolean;
  readonly context: CommandContext;
  readonly signal: AbortSignal;
}

/**
 * Accept connections to a port of this machine, and make a stream of each; 0 is any free port. Prints where it listens.
 *
 * @throws {UsageError} If the port is taken; exit code 4.
 */
export async function forwardPort(
  port: number,
  options: ForwardPortOptions,
): Promise<ExitCode> {
  const { keepOpen, context, signal } = options;
  using listener = listen(port);
  const where = `${HOST}:${listener.addr.port}`;
  const { output } = context;
  if (output.json) await output.record("ready", { url: `tcp://${where}` });
  else await output.print(`listening on ${where}`);
  if (!keepOpen) {
    const connection = await abortable(listener.accept(), signal);
    listener.close();
    await serve(connection, options);
    return EXIT.ok;
  }
  const crowd = new Crowd(MAX_CONNECTIONS, context);
  try {
    for (;;) {
      const connection = await abortable(listener.accept(), signal);
      await crowd.add(() => serve(connection, options));
    }
  } catch (error) {
    return await endOf(error, crowd);
  }
}

async function serve(
  connection: Deno.TcpConn,
  { dial, context, signal }: ForwardPortOptions,
): Promise<void> {
  await using end = tcpEnd(connection);
  await using stream = dial();
  await carry(stream, end, { context, signal });
}

function listen(port: number): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: HOST, port });
  } catch (cause) {
    throw cannotListen(HOST, port, cause);
  }
}
