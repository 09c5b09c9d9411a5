import type { Clock } from "../async/clock.ts";
import type { RandomSource } from "../crypto/random.ts";
import type { DebugConfig } from "../home/debug.ts";
import type { GatewayRegistration } from "../home/gateways.ts";
import type { ClientKeys } from "../home/keys.ts";

/** Options of `openClient`. */
export interface OpenClientOptions {
  /** The network: one or more base URLs of its directory. */
  network: string | readonly string[];
  /** Who the client is. @default someone new */
  keys?: ClientKeys | undefined;
  /** The registration to use. @default the client registers with a gateway */
  registration?:
    | Pick<GatewayRegistration, "identity" | "sharedKey">
    | undefined;
  /** The identity of the gateway to register with. @default one by chance */
  gateway?: Uint8Array | undefined;
  /** Hears of a registration, before it is used. Without it a gateway that has forgotten the client is an error. */
  onRegistered?: ((registration: GatewayRegistration) => void) | undefined;
  /** How packets are made and sent. @default as the official client does */
  settings?: DebugConfig | undefined;
  /** Whether to connect again when the connection to the gateway is lost. @default true */
  reconnect?: boolean | undefined;
  /** Whether only connections with TLS will do. @default false */
  tls?: boolean | undefined;
  /** Gives up opening when it fires. */
  signal?: AbortSignal | undefined;
  /** Where time comes from. @default the system's */
  clock?: Clock | undefined;
  /** Where chance comes from. @default the system's */
  random?: RandomSource | undefined;
}
