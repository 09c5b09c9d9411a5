import { ConnectionError } from "../../errors.ts";
import type { NymStream } from "../../stream/stream.ts";
import type { CommandContext } from "../context.ts";
import { ClosedOutput, Interruption } from "../interruption.ts";
import { formatSize } from "../parse/size.ts";
import { unfinished } from "../unfinished.ts";
import type { PipeEnd } from "./end.ts";
import { joinStream } from "./join.ts";
import { ProgressLine } from "./progress.ts";

/** Options of {@linkcode carry}. */
export interface CarryOptions {
  readonly context: CommandContext;
  /** Ends it before its time. */
  readonly signal: AbortSignal;
  /** What each direction can be at most, in bytes a second; without it, no progress is shown. */
  readonly ceiling?: number | undefined;
}

/**
 * Join a stream to its end on this machine, show how far it comes, and tell how it ended.
 *
 * @throws As {@linkcode joinStream} does, saying whether anything may still arrive.
 */
export async function carry(
  stream: NymStream,
  end: PipeEnd,
  { context, signal, ceiling }: CarryOptions,
): Promise<void> {
  let error: unknown;
  {
    await using _line = ceiling === undefined
      ? undefined
      : new ProgressLine(stream, ceiling, context);
    try {
      await joinStream(stream, end, signal);
    } catch (cause) {
      error = cause;
    }
  }
  await tellEnd(stream, reasonOf(error), context);
  if (error !== undefined) throw withFate(error, stream.progress.written > 0);
}

/** Why a stream came to its end. */
type EndReason =
  | "finished"
  | "interrupted"
  | "closedOutput"
  | "lost"
  | "failed";

/** Tell how a stream ended: once for each. */
export async function tellEnd(
  { progress }: NymStream,
  reason: EndReason,
  { output }: CommandContext,
): Promise<void> {
  const { acknowledged: sent, received, retransmissions } = progress;
  if (output.json) {
    await output.record("end", {
      reason,
      count: 1,
      sent,
      received,
      retransmissions,
    });
  }
  await output.detail(
    `${reason}: sent ${formatSize(sent)}, received ${formatSize(received)}`,
  );
}

/** The same error, saying what became of what was written; an interruption stays one, so that whoever serves on knows it. */
function withFate(error: unknown, mayArrive: boolean): unknown {
  return error instanceof Interruption
    ? new Interruption(error.signal, mayArrive)
    : unfinished(error, mayArrive);
}

function reasonOf(error: unknown): EndReason {
  if (error === undefined) return "finished";
  if (error instanceof Interruption) return "interrupted";
  if (error instanceof ClosedOutput) return "closedOutput";
  return error instanceof ConnectionError ? "lost" : "failed";
}
