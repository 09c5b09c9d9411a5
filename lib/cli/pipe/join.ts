import { NymError } from "../../errors.ts";
import type { NymStream } from "../../stream/stream.ts";
import { ClosedOutput, Interruption } from "../interruption.ts";
import type { PipeEnd } from "./end.ts";

/**
 * Join a stream and something on this machine until both directions have ended and are acknowledged. Whatever goes wrong here is
 * told to the peer as a reset, never as an end.
 *
 * @throws What went wrong first.
 */
export async function joinStream(
  stream: NymStream,
  end: PipeEnd,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
    over.abort(error);
  };
  const onAbort = () => fail(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([
      Promise.all([
        takeOut(stream, end, over.signal),
        bringIn(stream, end),
        stream.closed,
      ]).catch(fail),
      aborted(over.signal),
    ]);
    if (failure) await tellPeer(stream, failure.error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    over.abort();
  }
  if (failure) throw failure.error;
}

/** From here to the peer. */
async function takeOut(
  stream: NymStream,
  end: PipeEnd,
  signal: AbortSignal,
): Promise<void> {
  const writer = stream.writable.getWriter();
  // What is wrong with the stream is told by its `closed`.
  writer.closed.catch(() => {});
  for await (const chunk of end.chunks(signal)) await writer.write(chunk);
  try {
    await end.finished();
  } catch (error) {
    // What was said until then arrives, and only then that it is not all.
    await stream.delivered();
    throw error;
  }
  await writer.close();
}

/** From the peer to here. */
async function bringIn(stream: NymStream, end: PipeEnd): Promise<void> {
  // What fails here is told to the peer in one place, with its reason.
  const chunks = stream.readable.values({ preventCancel: true });
  for await (const chunk of chunks) await end.write(chunk);
  await end.end();
}

async function tellPeer(stream: NymStream, error: unknown): Promise<void> {
  if (error instanceof Interruption) {
    await stream.reset("cancelled", error.message.toLowerCase());
  } else if (error instanceof ClosedOutput) {
    await stream.reset("cancelled", "nobody reads there any more");
  } else {
    // It may be the stream's own failure: then it is over, and this does nothing.
    const text = error instanceof NymError ? error.message : "";
    await stream.reset("failed", text);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
