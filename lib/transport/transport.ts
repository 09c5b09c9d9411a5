import type { Bytes } from "../bytes/brand.ts";

/** What travels over a {@linkcode FrameConnection}: text or bytes, each whole. */
export type Frame = string | Bytes;

/** How a connection ended. */
export interface ConnectionEnd {
  /** The close code of RFC 6455 §7.4; 1006 where the transport broke without one. */
  readonly code: number;
  /** The peer's words, or ours, or what broke. */
  readonly reason: string;
  /** Whether both sides said goodbye. */
  readonly clean: boolean;
}

/** A two-way connection of whole frames in order, without meaning. */
export interface FrameConnection extends AsyncDisposable {
  /**
   * Hand a frame to the transport. Never waits: look at {@linkcode drained}.
   *
   * @throws {ConnectionError} If the connection is not open.
   */
  send(data: string | Uint8Array): void;
  /** Bytes handed over that have not left yet. */
  readonly bufferedAmount: number;
  /**
   * Wait until no more than `limit` bytes are waiting to leave.
   *
   * @throws {ConnectionError} If the connection ends first.
   * @throws The signal's reason.
   */
  drained(limit: number, signal?: AbortSignal): Promise<void>;
  /**
   * Ask the peer to confirm that it has read everything sent so far, and wait until it does: no word that it has left us says
   * that it arrived. A peer may take its time, or never answer.
   *
   * @throws {ConnectionError} If the connection ends first.
   */
  confirmed(): Promise<void>;
  /**
   * What arrives, for one reader at a time. Ends when the connection has ended and everything received was read; why it
   * ended is in {@linkcode closed}. Leaving the loop keeps the connection open. What waits for the reader is bounded: a
   * peer is held back, and no frame in the middle is ever lost.
   */
  readonly frames: AsyncIterable<Frame>;
  /** Say goodbye; more calls do nothing. @param code 1000 or 3000 to 4999, default 1000 */
  close(code?: number, reason?: string): void;
  /** Settles once when the connection has ended, never with an error. */
  readonly closed: Promise<ConnectionEnd>;
}

/** A two-way connection of bytes without borders. */
export interface ByteConnection extends AsyncDisposable {
  /** The peer, as `ip:port`. */
  readonly remote: string;
  /**
   * What arrives, for one reader at a time, as it arrives: nothing is read from the network before the reader asks, which
   * is the back-pressure. Ends when the peer ends its side or the connection is closed.
   *
   * @throws {ConnectionError} If the connection breaks.
   */
  readonly chunks: AsyncIterable<Bytes>;
  /**
   * Write all of `data`, after what was written before.
   *
   * @throws {ConnectionError} If the connection is closed or breaks.
   */
  write(data: Uint8Array): Promise<void>;
  /** Let go of the connection at once; more calls do nothing. */
  close(): void;
  /** Settles once when this side has closed. */
  readonly closed: Promise<void>;
}
