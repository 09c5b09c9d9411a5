import { abortable } from "../async/abortable.ts";
import { backoff } from "../async/backoff.ts";
import { sleep } from "../async/clock.ts";
import { Doorbell } from "../async/doorbell.ts";
import type { Bytes } from "../bytes/brand.ts";
import { randomUnit } from "../crypto/random.ts";
import { NymError } from "../errors.ts";
import type { MailboxState } from "../mailbox/mailbox.ts";
import type { MixPacket } from "../message/mix_packet.ts";
import { PACKET_SIZE } from "../message/packet_size.ts";
import { twice } from "./dial.ts";
import {
  GatewayConnector,
  type GatewayConnectorOptions,
  type LiveGateway,
} from "./gateway_connect.ts";
import {
  claimBandwidth,
  GatewayRefusedError,
  LOW_BANDWIDTH,
} from "./gateway_login.ts";

/** How often the connection is looked after, in milliseconds. */
const ROUND_MS = 2500;

/** A gateway that has packets to answer and says nothing for so long is asked whether it is there, in milliseconds. */
const BUSY_SILENCE_MS = 10_000;

/** The same for one that has nothing to answer. */
const IDLE_SILENCE_MS = 60_000;

/** How long it may take to say so, in milliseconds. */
const PROBE_MS = 10_000;

/** The pause between two claims of bandwidth that brought too little, in milliseconds. */
const CLAIM_PAUSE_MS = 10_000;

/** A connection that lasted so long was a good one: the next failure starts with short pauses again, in milliseconds. */
const STABLE_MS = 30_000;

/** How long the gateway may take for what was sent last before we leave, in milliseconds. */
const GOODBYE_MS = 1000;

/** Options of {@linkcode GatewaySession}. */
export interface GatewaySessionOptions
  extends Omit<GatewayConnectorOptions, "events"> {
  /** A packet has arrived for this client. */
  onPush: (payload: Bytes) => void;
  /** The connection has come or gone. */
  onState: (state: MailboxState) => void;
  /** The gateway was not reached: perhaps the directory knows where it is now. */
  onUnreachable: (signal: AbortSignal) => Promise<void>;
  /** Whether to connect again when the connection is lost. @default true */
  reconnect?: boolean | undefined;
}

/**
 * The client's connection to its gateway, made anew whenever it is lost: packets go out, what arrives comes in, bandwidth is
 * claimed when it runs low (nymtech/nym, common/client-libs/gateway-client).
 */
export class GatewaySession {
  readonly #options: GatewaySessionOptions;
  readonly #connector: GatewayConnector;
  readonly #attention: Doorbell;
  #live: LiveGateway | undefined;
  #change = Promise.withResolvers<void>();
  #remaining = 0;
  #starved = false;
  #claimedAt = -Infinity;
  #sentAt = -Infinity;

  /** Connects to nothing yet. */
  constructor(options: GatewaySessionOptions) {
    this.#options = options;
    this.#attention = new Doorbell(options.clock);
    this.#connector = new GatewayConnector({
      ...options,
      events: {
        onPush: options.onPush,
        onTaken: (remaining) => {
          this.#remaining = remaining;
          if (remaining < LOW_BANDWIDTH) this.#attention.ring();
        },
        onStarved: (available) => {
          this.#remaining = available;
          this.#starved = true;
          this.#attention.ring();
        },
      },
    });
  }

  /** Whether packets can be sent. */
  get open(): boolean {
    return this.#live !== undefined && !this.#starved;
  }

  /** How many bytes may still be sent, as the gateway said last. */
  get bandwidth(): number {
    return this.#remaining;
  }

  /** Packets that have not left this machine, counted as regular ones. */
  get waiting(): number {
    const bytes = this.#live?.link.bufferedAmount ?? 0;
    return Math.ceil(bytes / PACKET_SIZE.regular.total);
  }

  /** Send a packet on its way. Returns false if there is no connection. */
  forward(packet: MixPacket): boolean {
    if (this.#live === undefined || this.#starved) return false;
    const { link, protocol } = this.#live;
    try {
      link.forward(packet, protocol, this.#options.random);
    } catch (error) {
      // The connection has just ended, which the run will find out by itself.
      if (error instanceof NymError) return false;
      throw error;
    }
    this.#sentAt = this.#options.clock.now();
    return true;
  }

  /** Wait until packets can be sent and fewer than `limit` wait to leave. @throws The signal's reason. */
  async ready(limit: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#live === undefined || this.#starved) {
        await abortable(this.#change.promise, signal);
      } else if (this.waiting < limit) return;
      else {
        const bytes = (limit - 1) * PACKET_SIZE.regular.total;
        // If the connection ends meanwhile, wait for the next one.
        await this.#live.link.drained(bytes, signal).catch(() => {});
      }
    }
  }

  /** Connect for the first time. @throws As {@linkcode GatewayConnector.connect} does. */
  async connect(signal?: AbortSignal): Promise<void> {
    const attempt = () => this.#connector.connect(signal);
    this.#adopt(await twice(attempt, this.#options.clock, signal));
  }

  /**
   * Stay connected until the signal is aborted; then says goodbye.
   *
   * @throws {NymError} If the connection is lost and must not be made again.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, onState, reconnect = true } = this.#options;
    let pauses = this.#pauses();
    while (this.#live !== undefined) {
      const since = clock.now();
      const reason = await this.#attend(signal);
      if (signal.aborted) return;
      if (!(reason instanceof NymError) || !reconnect) throw reason;
      onState({ kind: "reconnecting", reason: reason.message });
      if (clock.now() - since >= STABLE_MS) pauses = this.#pauses();
      await this.#reconnect(pauses, reason.message, signal);
    }
  }

  async #reconnect(
    pauses: Iterator<number, never>,
    told: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, onState, onUnreachable } = this.#options;
    while (!signal.aborted) {
      try {
        await sleep(clock, pauses.next().value, signal);
        return this.#adopt(await this.#connector.connect(signal));
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof NymError)) throw error;
        if (error.message !== told) {
          told = error.message;
          onState({ kind: "reconnecting", reason: told });
        }
      }
      await onUnreachable(signal);
    }
  }

  #pauses(): Iterator<number, never> {
    return backoff({ random: () => 1 - randomUnit(this.#options.random) });
  }

  #adopt(live: LiveGateway): void {
    this.#live = live;
    this.#starved = false;
    this.#remaining = live.remaining;
    this.#changed();
    this.#options.onState({ kind: "connected" });
  }

  /** Look after the connection until it ends. Returns why it did. */
  async #attend(signal: AbortSignal): Promise<unknown> {
    const live = this.#live!;
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const rounds = this.#rounds(live, either);
    try {
      return await abortable(live.link.ended, signal);
    } catch {
      // Only the signal ends the wait otherwise.
      return signal.reason;
    } finally {
      this.#live = undefined;
      if (signal.aborted) await live.link.settled(GOODBYE_MS);
      stop.abort();
      await Promise.all([rounds, live.link[Symbol.asyncDispose]()]);
    }
  }

  async #rounds(live: LiveGateway, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    try {
      while (!signal.aborted) {
        await this.#attention.wait({
          deadline: clock.now() + ROUND_MS,
          signal,
        });
        await this.#claimIfLow(live, signal);
        await this.#probeIfSilent(live, signal);
      }
    } catch (error) {
      if (!signal.aborted) live.link.end(error);
    }
  }

  async #claimIfLow(live: LiveGateway, signal: AbortSignal): Promise<void> {
    const { clock, identity, gateway, timeout, random } = this.#options;
    if (this.#remaining >= LOW_BANDWIDTH) return;
    if (clock.now() - this.#claimedAt < CLAIM_PAUSE_MS) return;
    this.#claimedAt = clock.now();
    const { link } = live;
    const input = { link, identity, gateway, timeout, random, signal };
    try {
      this.#remaining = await claimBandwidth(input);
    } catch (error) {
      // What is left is good as long as it lasts.
      if (this.#starved || !(error instanceof GatewayRefusedError)) throw error;
    }
    if (this.#remaining < PACKET_SIZE.regular.total) return;
    this.#starved = false;
    this.#changed();
  }

  /** Whoever takes packets says so; whoever is not heard of must be asked, for a dead connection looks like a silent one. */
  async #probeIfSilent(live: LiveGateway, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const { link } = live;
    const silence = clock.now() - link.heardAt;
    const busy = this.#sentAt > link.heardAt;
    if (silence < (busy ? BUSY_SILENCE_MS : IDLE_SILENCE_MS)) return;
    await link.ask({ kind: "supportedProtocol" }, PROBE_MS, signal);
  }

  /** Wake those who wait until packets can be sent. */
  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }
}
