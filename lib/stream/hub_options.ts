/** How long a peer may be silent, in milliseconds, unless told otherwise. */
export const DEFAULT_IDLE = 120_000;

/** How long a listener may take to answer an opening, in milliseconds, unless told otherwise. */
export const DEFAULT_OPEN_TIMEOUT = 60_000;

/** Callers that a listener serves at once, unless told otherwise. */
export const DEFAULT_MAX_CALLERS = 16;

/** What both sides of a stream can set. */
export interface StreamOptions {
  /** The secret that both sides know, 16 bytes or more that nobody can guess. Without one, anyone may connect and nobody is proven. */
  readonly code?: Uint8Array | undefined;
  /** How long the peer may be silent, in milliseconds. @default 120_000 */
  readonly idle?: number | undefined;
}

/** What a caller can set. */
export interface DialOptions extends StreamOptions {
  /** How long the listener may take to answer, in milliseconds. @default 60_000 */
  readonly openTimeout?: number | undefined;
}

/** What a listener can set. */
export interface ListenOptions extends StreamOptions {
  /** Callers served at once; one more is refused. @default 16 */
  readonly maxCallers?: number | undefined;
}
