import { type Clock, systemClock } from "../async/clock.ts";
import { type RandomSource, systemRandom } from "../crypto/random.ts";
import { ConnectionError, EXIT } from "../errors.ts";
import type { Receives } from "./stock_connect.ts";
import { type BeginOptions, StockMailbox } from "./stock_mailbox.ts";

/** Options of {@linkcode openStock}. */
export interface OpenStockOptions extends BeginOptions {
  /** Where the client listens. @default "ws://127.0.0.1:1977" */
  url?: string | undefined;
  /** Whether what arrives is wanted; a stock client pushes it all the same. @default "atOnce" */
  receives?: Receives | undefined;
  /** Gives up when it fires. */
  signal?: AbortSignal | undefined;
  /** How long the client may take to answer, in milliseconds. @default 10_000 */
  timeout?: number | undefined;
  /** Draws lanes and the names of messages. @default the system's */
  random?: RandomSource | undefined;
  /** @default the system's */
  clock?: Clock | undefined;
}

/**
 * Use a stock nym-client over its local websocket: binary always, one connection, no question that is not a request of the
 * protocol. It has one slot; whoever opens a mailbox has it until the end.
 *
 * @throws {ConnectionError} With exit code 4 if the client serves another program or is not whom `expect` says, and 3 if
 * nobody listens, or somebody else than a native client.
 * @throws The signal's reason.
 */
export async function openStock(
  options: OpenStockOptions = {},
): Promise<StockMailbox> {
  const { url = "ws://127.0.0.1:1977", timeout = 10_000 } = options;
  const { clock = systemClock, random = systemRandom, signal } = options;
  const { receives = "atOnce" } = options;
  // The websocket library takes longer to load than most commands to run: only those that connect wait for it.
  const { connectStock } = await import("./stock_connect.ts");
  const connection = await connectStock({
    url,
    receives,
    timeout,
    signal,
    clock,
    random,
  });
  const mailbox = new StockMailbox({ connection, clock, random });
  const deadline = AbortSignal.timeout(timeout);
  const giveUp = () => connection.terminate("given up");
  const either = signal ? AbortSignal.any([signal, deadline]) : deadline;
  either.addEventListener("abort", giveUp, { once: true });
  try {
    await mailbox.begin({ ...options, url });
    return mailbox;
  } catch (error) {
    await mailbox.close();
    signal?.throwIfAborted();
    if (!deadline.aborted) throw error;
    throw new ConnectionError(
      `Cannot use the client at ${url}: no answer in ${timeout} ms`,
      { exitCode: EXIT.down, hint: "Check that a nym-client listens there" },
    );
  } finally {
    either.removeEventListener("abort", giveUp);
  }
}
