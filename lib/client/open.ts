import type { Clock } from "../async/clock.ts";
import type { RandomSource } from "../crypto/random.ts";
import type { DebugConfig } from "../home/debug.ts";
import type { GatewayRegistration } from "../home/gateways.ts";
import type { ClientKeys } from "../home/keys.ts";
import type { MixnetClient } from "./client.ts";
import { startClient } from "./start_client.ts";

/** Options of {@linkcode openClient}. */
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

/**
 * Open a mixnet client: learn the network, register if need be, log in to the gateway, and start to send cover traffic.
 * Resolves when messages can be sent.
 *
 * @throws {ConnectionError} If directory or gateway cannot be reached; exit code 3.
 * @throws {ProtocolError} If either does not do what it should, or the network carries no packets; exit code 3.
 * @throws {DecodeError} If the directory answers nonsense; exit code 3.
 * @throws {UsageError} If the settings or the gateway asked for make no sense.
 * @throws The signal's reason.
 */
export function openClient(options: OpenClientOptions): Promise<MixnetClient> {
  return startClient(options);
}
