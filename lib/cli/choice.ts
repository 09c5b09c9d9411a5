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
  /** The network of an ephemeral identity: a name, an API url or a file. */
  readonly network?: string | undefined;
}
