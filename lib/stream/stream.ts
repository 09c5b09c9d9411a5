import type { SendProgress } from "./send_buffer.ts";
import type { ResetReason } from "./segment.ts";

/** How far a stream has come. */
export interface StreamProgress extends SendProgress {
  /** Bytes that have arrived. */
  readonly received: number;
  /** The smoothed round trip in milliseconds, once measured. */
  readonly roundTrip: number | undefined;
}

/**
 * One ordered, reliable, two-way stream of bytes through the mixnet. Closing the writable end tells the peer that no more will
 * come; the readable end closes where the peer's does.
 */
export interface NymStream extends AsyncDisposable {
  /** What the peer sends, in order. Cancelling it resets the stream. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What is sent to the peer: a slow reader there slows the writer here. Aborting it resets the stream. */
  readonly writable: WritableStream<Uint8Array>;
  /** Resolves when both sides have heard each other; rejects if that does not come about. What is written before travels at once. */
  readonly opened: Promise<void>;
  /**
   * Resolves when both directions have ended and are acknowledged; rejects when the stream was lost, so that a cut never looks
   * like an end.
   */
  readonly closed: Promise<void>;
  /** How far it has come. */
  readonly progress: StreamProgress;
  /** Resolves when the peer has every byte that was written so far; rejects when the stream is lost. */
  delivered(): Promise<void>;
  /** End the stream at once, and tell the peer why. */
  reset(reason: ResetReason, text: string): Promise<void>;
  /** The same as {@linkcode reset} with `cancelled`, unless the stream has ended. */
  [Symbol.asyncDispose](): Promise<void>;
}
