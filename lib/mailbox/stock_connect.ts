import { type Clock, sleep } from "../async/clock.ts";
import { type RandomSource, randomUnit } from "../crypto/random.ts";
import { ConnectionError, EXIT } from "../errors.ts";
import {
  connectWs,
  SilentlyClosedError,
  UpgradeRefusedError,
} from "../transport/ws_connect.ts";
import type { WsConnection } from "../transport/ws_connection.ts";
import { ClientBusyError } from "./client_busy.ts";

/** How often a client that seems busy is asked again: it may not have noticed yet that its last program left. */
const BUSY_RETRIES = 3;
/** The longest pause before each, in milliseconds. */
const BUSY_PAUSE = 200;

/** Whether what arrives is wanted: at once, once {@linkcode StockMailbox.receive} asks for it, or never. */
export type Receives = "atOnce" | "whenAsked" | "never";

const RECEIVE: Readonly<Record<Receives, string | undefined>> = {
  atOnce: undefined,
  whenAsked: "receive=asked",
  never: "receive=none",
};

/** What {@linkcode connectStock} needs. */
export interface ConnectStockOptions {
  url: string;
  /** Whether it asks for what arrives. Only our own client hears it; stock ones ignore what follows the port. */
  receives: Receives;
  timeout: number;
  signal: AbortSignal | undefined;
  clock: Clock;
  random: RandomSource;
}

/**
 * Open the one websocket of a native client. One attempt at a time, each a whole handshake: anything less can stop the client.
 *
 * @throws {ConnectionError} With exit code 4 if it serves another program, 3 if nobody listens or no native client does.
 * @throws The signal's reason.
 */
export async function connectStock(
  { url, receives, timeout, signal, clock, random }: ConnectStockOptions,
): Promise<WsConnection> {
  // See docs/local-websocket.md.
  const query = RECEIVE[receives];
  for (let attempt = 0;; attempt++) {
    try {
      return await connectWs(url, { timeout, signal, query });
    } catch (error) {
      if (!isBusy(error)) throw asDown(error, url);
      if (attempt === BUSY_RETRIES) throw new ClientBusyError(url, error);
      await sleep(clock, randomUnit(random) * BUSY_PAUSE, signal);
    }
  }
}

/** Stock clients cut whoever comes second before the handshake; ours, told to serve one, says 503. */
function isBusy(error: unknown): boolean {
  return error instanceof SilentlyClosedError ||
    error instanceof UpgradeRefusedError && error.status === 503;
}

function asDown(error: unknown, url: string): unknown {
  if (error instanceof UpgradeRefusedError) {
    return new ConnectionError(
      `Cannot use the client at ${url}: it refused with HTTP status ${error.status}`,
      {
        cause: error,
        exitCode: EXIT.down,
        hint:
          "Check that a nym-client listens there, and its token if it has one",
      },
    );
  }
  if (!(error instanceof ConnectionError)) return error;
  return new ConnectionError(error.message, {
    cause: error.cause,
    exitCode: EXIT.down,
    hint: "Start the client, or check its address",
  });
}
