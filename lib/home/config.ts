import { type DebugConfig, DEFAULT_DEBUG } from "./debug.ts";
import { LAYOUT_VERSION } from "./layout.ts";
import type { StoragePaths } from "./paths.ts";

/** The local websocket of a client. */
export interface SocketConfig {
  /** Whether there is one. */
  readonly enabled: boolean;
  /** The address it listens on. */
  readonly host: string;
  /** The port it listens on. */
  readonly port: number;
}

/** A client's `config.toml`. */
export interface ClientConfig {
  /** The version of the official client whose layout the file has. */
  readonly version: string;
  /** What the user calls the client. */
  readonly id: string;
  /** Whether bandwidth is claimed without paying for it. */
  readonly disabledCredentialsMode: boolean;
  /** Nodes of the chain; nothing of ours asks them. */
  readonly nyxdUrls: readonly string[];
  /** Directories of the network, the one to be asked first in front. */
  readonly nymApiUrls: readonly string[];
  /** Where the keys and databases are. */
  readonly storage: StoragePaths;
  /** The local websocket. */
  readonly socket: SocketConfig;
  /** Everything about traffic. */
  readonly debug: DebugConfig;
}

/** The port of a client's local websocket, unless told otherwise. */
export const DEFAULT_PORT = 1977;

/** Options of {@linkcode newConfig}. */
export interface NewConfigOptions {
  /** What the user calls the client. */
  id: string;
  /** Where the keys and databases are. */
  storage: StoragePaths;
  /** Directories of the network. */
  nymApiUrls: readonly string[];
  /** Nodes of the chain. */
  nyxdUrls: readonly string[];
  /** The local websocket. @default port 1977 of this machine alone */
  socket?: Partial<SocketConfig>;
  /** Everything about traffic. @default {@linkcode DEFAULT_DEBUG} */
  debug?: DebugConfig;
}

/** The settings of a new client. */
export function newConfig(options: NewConfigOptions): ClientConfig {
  const { id, storage, nymApiUrls, nyxdUrls, socket, debug } = options;
  return {
    version: LAYOUT_VERSION,
    id,
    disabledCredentialsMode: true,
    nyxdUrls,
    nymApiUrls,
    storage,
    socket: {
      enabled: true,
      host: "127.0.0.1",
      port: DEFAULT_PORT,
      ...socket,
    },
    debug: debug ?? DEFAULT_DEBUG,
  };
}
