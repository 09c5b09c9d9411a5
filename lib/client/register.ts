import { type Clock, systemClock } from "../async/clock.ts";
import type { Ed25519KeyPair } from "../crypto/ed25519.ts";
import { type RandomSource, systemRandom } from "../crypto/random.ts";
import { cryptoReady } from "../crypto/sodium.ts";
import type { GatewayRegistration } from "../home/gateways.ts";
import { connectWs } from "../transport/ws_connect.ts";
import type { RoutingNode } from "../topology/node.ts";
import { type Connect, dial, twice } from "./dial.ts";
import { agreeOnProtocol, register } from "./gateway_login.ts";

/** How long an answer may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Options of {@linkcode registerWithGateway}. */
export interface RegisterOptions {
  /** The client's identity. */
  identity: Ed25519KeyPair;
  /** The gateway, as the directory names it. */
  gateway: RoutingNode;
  /** Whether only a connection with TLS will do. @default false */
  tls?: boolean | undefined;
  /** Gives up when it fires. */
  signal?: AbortSignal | undefined;
  /** Opens a connection. @default over the network */
  connect?: Connect | undefined;
  /** How long an answer may take, in milliseconds. @default 10_000 */
  timeout?: number | undefined;
  /** Where chance comes from. @default the system's */
  random?: RandomSource | undefined;
  /** Where time comes from. @default the system's */
  clock?: Clock | undefined;
}

/**
 * Register a client with a gateway, as once in its life. The connection is closed again.
 *
 * @throws {ConnectionError} If the gateway cannot be reached; exit code 3.
 * @throws {ProtocolError} If it refuses or speaks another version; exit code 3.
 * @throws {CryptoError} If it is not the gateway that the directory names; exit code 3.
 */
export async function registerWithGateway(
  options: RegisterOptions,
): Promise<GatewayRegistration> {
  const {
    identity,
    gateway,
    tls,
    signal,
    connect = (url, signal) => connectWs(url, { signal }),
    timeout = TIMEOUT_MS,
    random = systemRandom,
    clock = systemClock,
  } = options;
  await cryptoReady();
  const listeners = listenersOf(gateway, { tls });
  // What a gateway holds for an identity that registers anew comes now and is lost, as with official clients.
  const events = { onPush() {}, onTaken() {}, onStarved() {} };
  const attempt = async () => {
    const { link, listener } = await dial({
      gateway: gateway.identity,
      listeners,
      connect,
      clock,
      events,
      signal,
    });
    await using _closing = link;
    const input = {
      link,
      identity,
      gateway: gateway.identity,
      timeout,
      random,
      signal,
    };
    const { sharedKey } = await register(input, await agreeOnProtocol(input));
    return {
      identity: gateway.identity,
      sharedKey,
      listener,
      fallback: listeners.find((url) => url !== listener) ?? null,
      registeredAt: new Date(clock.wall()),
    };
  };
  return await twice(attempt, clock, signal);
}

/** Options of {@linkcode listenersOf}. */
export interface ListenersOptions {
  /** Whether only connections with TLS will do. @default false */
  tls?: boolean | undefined;
}

/** Where a gateway can be reached, in the order to try. */
export function listenersOf(
  { entry }: RoutingNode,
  { tls = false }: ListenersOptions = {},
): readonly string[] {
  if (!tls) return entry?.listeners ?? [];
  return entry?.tlsListener === undefined ? [] : [entry.tlsListener];
}
