import { ConnectionError, EXIT } from "../errors.ts";
import type { IncomingMessage, Mailbox } from "../mailbox/mailbox.ts";
import { isSegment } from "./segment.ts";

/**
 * Take the segments out of what arrives, until the signal is aborted; then returns. Other messages stay for whoever reads the
 * mailbox next.
 *
 * @throws {ConnectionError} With exit code 5 when the mailbox closes.
 */
export async function readSegments(
  mailbox: Mailbox,
  handle: (message: IncomingMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const message of mailbox.messages({ signal })) {
      if (isSegment(message.body)) {
        handle(message);
        await message.taken();
      } else message.pass?.();
    }
    if (!signal.aborted) await mailbox.closed;
  } catch (cause) {
    if (!signal.aborted) throw lostClient((cause as Error).message, cause);
  }
  if (!signal.aborted) throw lostClient("it has closed");
}

function lostClient(why: string, cause?: unknown): ConnectionError {
  return new ConnectionError(`Lost the client: ${why}`, {
    cause,
    exitCode: EXIT.lost,
    hint: "Check that the client still runs, and start the pipe again",
  });
}
