import { type Clock, sleep } from "../async/clock.ts";
import type { Bytes } from "../bytes/brand.ts";
import { shortKey } from "../bytes/short_key.ts";
import { ConnectionError, EXIT } from "../errors.ts";
import type { FrameConnection } from "../transport/transport.ts";
import { GatewayLink, type GatewayLinkEvents } from "./gateway_link.ts";

/** The pause before a gateway that was not reached is tried once more, in milliseconds. */
const RETRY_MS = 300;

/** Opens a connection to a gateway. */
export type Connect = (
  url: string,
  signal?: AbortSignal,
) => Promise<FrameConnection>;

/** Options of {@linkcode dial}. */
export interface DialOptions {
  /** The gateway's identity. */
  gateway: Bytes;
  /** Where it can be reached, the preferred URL first. */
  listeners: readonly string[];
  /** Opens a connection. */
  connect: Connect;
  /** Where time comes from. */
  clock: Clock;
  /** Hears what comes unasked. */
  events: GatewayLinkEvents;
  /** Gives up when it fires. */
  signal?: AbortSignal | undefined;
}

/** A connection, and the URL that answered. */
export interface Dialled {
  readonly link: GatewayLink;
  readonly listener: string;
}

/**
 * Connect to the first listener of a gateway that answers.
 *
 * @throws {ConnectionError} If none does; exit code 3.
 * @throws The signal's reason.
 */
export async function dial(options: DialOptions): Promise<Dialled> {
  const { gateway, listeners, connect, clock, events, signal } = options;
  let failure: unknown;
  for (const listener of listeners) {
    try {
      const connection = await connect(listener, signal);
      const link = new GatewayLink({ gateway, connection, clock, events });
      return { link, listener };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof ConnectionError)) throw error;
      failure = error;
    }
  }
  throw unreachable(gateway, failure);
}

/**
 * Try something with a gateway, and once more if the connection fails: a connection that breaks once says little.
 *
 * @throws Whatever the second attempt throws, or the first if it was no matter of the connection.
 */
export async function twice<T>(
  attempt: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof ConnectionError)) throw error;
  }
  await sleep(clock, RETRY_MS, signal);
  return await attempt();
}

function unreachable(gateway: Bytes, cause: unknown): ConnectionError {
  const why = cause instanceof Error
    ? cause.message.replace(/^Cannot connect to /, "")
    : "it has no address for clients";
  return new ConnectionError(
    `Cannot reach gateway ${shortKey(gateway)}: ${why}`,
    {
      cause,
      exitCode: EXIT.down,
      hint: "Check that the network runs and that its gateway can be reached",
    },
  );
}
