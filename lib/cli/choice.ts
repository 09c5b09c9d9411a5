import type { IncomingMessage } from "../mailbox/mailbox.ts";

/** What the user said about which client a talking command uses. */
export interface ClientChoice {
  /** A nym-client's websocket. */
  readonly url?: string | undefined;
  /** A fresh identity in memory. */
  readonly ephemeral?: boolean | undefined;
  /** A home, by its name. */
  readonly id?: string | undefined;
  /** Open the home in this process even if the official client holds it. */
  readonly direct?: boolean | undefined;
  /** Ask a client that runs; open no home. */
  readonly running?: boolean | undefined;
  /** Whoever asks keeps what arrives: a client that forgets what it has delivered is given as it is. */
  readonly unkept?: boolean | undefined;
  /** Whether whoever asks wants what arrives. @default true */
  readonly receives?: boolean | undefined;
  /**
   * Deals with what waits on this machine while the client is being connected, or when it cannot be; never rejects. Nothing is
   * given to it where a client that runs hands that out. @default nobody
   */
  readonly early?:
    | ((messages: AsyncIterable<IncomingMessage>) => Promise<void>)
    | undefined;
  /** Hears what opening the client waits for, in words after "waiting for". @default nobody */
  readonly onWait?: ((what: string) => void) | undefined;
  /** The network of an ephemeral identity: a name, an API url or a file. */
  readonly network?: string | undefined;
}
