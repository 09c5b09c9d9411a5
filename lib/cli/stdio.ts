/** Where bytes go: standard output or standard error. */
export interface Sink {
  /** Whether a person is looking. */
  readonly isTerminal: boolean;
  /**
   * Write all of `bytes`, after whatever was written before.
   *
   * @throws {ClosedOutput} Once nobody reads any more.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Let whoever reads see the end, after whatever was written before. */
  close(): Promise<void>;
}

/** Where bytes come from: standard input. */
export interface Source {
  /** Whether a person types. */
  readonly isTerminal: boolean;
  /** Take hold of the bytes; nothing is read before this is called. */
  chunks(signal: AbortSignal): AsyncIterable<Uint8Array>;
}
