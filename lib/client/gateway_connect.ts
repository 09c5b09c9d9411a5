import type { Clock } from "../async/clock.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { Ed25519KeyPair } from "../crypto/ed25519.ts";
import type { RandomSource } from "../crypto/random.ts";
import { MAX_TIMESTAMP_SKEW } from "../wire/gateway/authenticate.ts";
import type { GatewayProtocol } from "../wire/gateway/version.ts";
import { type Connect, dial } from "./dial.ts";
import type { GatewayLink, GatewayLinkEvents } from "./gateway_link.ts";
import {
  agreeOnProtocol,
  authenticate,
  claimBandwidth,
  GatewayRefusedError,
  type LoginInput,
  LOW_BANDWIDTH,
  register,
} from "./gateway_login.ts";

/** Options of {@linkcode GatewayConnector}. */
export interface GatewayConnectorOptions {
  /** The client's identity. */
  identity: Ed25519KeyPair;
  /** The gateway's identity. */
  gateway: Bytes;
  /** The key from the registration. */
  sharedKey: Bytes;
  /** Where the gateway can be reached now, the preferred URL first. */
  listeners: () => readonly string[];
  /** Opens a connection. */
  connect: Connect;
  /** How long an answer may take, in milliseconds. */
  timeout: number;
  /** Where time comes from. */
  clock: Clock;
  /** Where chance comes from. */
  random: RandomSource;
  /** Hears what comes unasked. */
  events: GatewayLinkEvents;
  /**
   * Keeps the key of a new registration, for a gateway that has forgotten the old one. Without it such a gateway is an
   * error.
   */
  onRegistered?: ((sharedKey: Bytes) => void) | undefined;
}

/** A connection on which packets can be sent. */
export interface LiveGateway {
  readonly link: GatewayLink;
  readonly protocol: GatewayProtocol;
  /** How many bytes may be sent. */
  readonly remaining: number;
}

/** Connects to a gateway and logs in, as often as need be. */
export class GatewayConnector {
  readonly #options: GatewayConnectorOptions;
  #sharedKey: Bytes;
  /** The time of the last authentication, in whole seconds since 1970: gateways take none twice. */
  #lastSecond = 0;

  /** Connects to nothing yet. */
  constructor(options: GatewayConnectorOptions) {
    this.#options = options;
    this.#sharedKey = options.sharedKey;
  }

  /**
   * Connect and log in. A refusal is tried again once, with a later time stamp; then the client registers anew if it may.
   *
   * @throws {ConnectionError} If the gateway cannot be reached; exit code 3.
   * @throws {ProtocolError} If it refuses, or does not speak as it should; exit code 3.
   * @throws The signal's reason.
   */
  async connect(signal?: AbortSignal): Promise<LiveGateway> {
    try {
      return await this.#logIn(signal);
    } catch (error) {
      if (!(error instanceof GatewayRefusedError)) throw error;
    }
    try {
      return await this.#logIn(signal);
    } catch (error) {
      const mayRegister = this.#options.onRegistered !== undefined;
      if (!(error instanceof GatewayRefusedError) || !mayRegister) throw error;
      return await this.#registerAnew(signal).catch(() => {
        signal?.throwIfAborted();
        throw error;
      });
    }
  }

  #logIn(signal: AbortSignal | undefined): Promise<LiveGateway> {
    return this.#converse(signal, async (input) => {
      const proposed = await agreeOnProtocol(input);
      const { protocol, remaining } = await authenticate(
        { ...input, sharedKey: this.#sharedKey, now: this.#nextTime() },
        proposed,
      );
      return {
        protocol,
        remaining: remaining < LOW_BANDWIDTH
          ? await claimBandwidth(input)
          : remaining,
      };
    });
  }

  #registerAnew(signal: AbortSignal | undefined): Promise<LiveGateway> {
    return this.#converse(signal, async (input) => {
      const proposed = await agreeOnProtocol(input);
      const { sharedKey, protocol } = await register(input, proposed);
      this.#options.onRegistered?.(sharedKey);
      this.#sharedKey = sharedKey;
      return { protocol, remaining: await claimBandwidth(input) };
    });
  }

  /**
   * A time for the next authentication, in milliseconds since 1970: at least a second after that of the last one, unless the
   * clock was set back so far that no gateway would take it.
   */
  #nextTime(): number {
    const now = Math.floor(this.#options.clock.wall() / 1000);
    const next = Math.max(now, this.#lastSecond + 1);
    this.#lastSecond = next - now > MAX_TIMESTAMP_SKEW ? now : next;
    return this.#lastSecond * 1000;
  }

  async #converse(
    signal: AbortSignal | undefined,
    talk: (input: LoginInput) => Promise<Omit<LiveGateway, "link">>,
  ): Promise<LiveGateway> {
    const { identity, gateway, timeout, random, listeners } = this.#options;
    const { link } = await dial({
      ...this.#options,
      listeners: listeners(),
      signal,
    });
    try {
      const input = { link, identity, gateway, timeout, random, signal };
      return { link, ...await talk(input) };
    } catch (error) {
      await link[Symbol.asyncDispose]();
      throw error;
    }
  }
}
