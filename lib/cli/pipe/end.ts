/**
 * What a stream is joined to on this machine: standard input and output, a program, a connection. `close` of the writable end
 * says that the peer has no more; the readable end closes when this end has no more.
 */
export interface PipeEnd extends AsyncDisposable {
  /** What goes to the peer. It is let go of by its signal, which may come while a read is under way. */
  chunks(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Take what comes from the peer.
   *
   * @throws {ClosedOutput} Once nobody reads any more.
   */
  write(chunk: Uint8Array): Promise<void>;
  /** The peer has no more. */
  end(): Promise<void>;
  /**
   * Wait until this end is sure that what it has said is all: called when `chunks` has come to its end.
   *
   * @throws {NymError} If it is not: a program has failed.
   */
  finished(): Promise<void>;
}
