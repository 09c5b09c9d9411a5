import type { Clock } from "../async/clock.ts";
import { encodeBase58 } from "../bytes/base58.ts";
import { shortKey } from "../bytes/short_key.ts";
import { EXIT, ProtocolError, UsageError } from "../errors.ts";
import type { TopologySettings } from "../home/debug.ts";
import type { RoutingNode } from "../topology/node.ts";
import type { Topology } from "../topology/view.ts";
import type { NetworkSource, NetworkState } from "./directory.ts";

/** Signs that the network has changed are followed no sooner than after this share of the usual time. */
const EARLIEST_SHARE = 1 / 20;

/** After so many failures in a row what is known of the network is too old to be used. */
const MAX_FAILURES = 10;

/** Options of {@linkcode TopologyKeeper}. */
export interface TopologyKeeperOptions {
  /** Where the network is learned from. */
  source: NetworkSource;
  /** How often. */
  settings: TopologySettings;
  /** Where time comes from. */
  clock: Clock;
}

/** Keeps what is known of the network up to date (nymtech/nym, common/client-core/src/client/topology_control). */
export class TopologyKeeper {
  readonly #options: TopologyKeeperOptions;
  #state: NetworkState | undefined;
  #failures = 0;
  #suspicion = Promise.withResolvers<void>();
  #refreshing: Promise<void> | undefined;
  #onChange: (state: NetworkState | undefined) => void = () => {};

  /** Nothing is known before the first {@linkcode refresh}. */
  constructor(options: TopologyKeeperOptions) {
    this.#options = options;
  }

  /** What errors call the network. */
  get name(): string {
    return this.#options.source.name;
  }

  /** Call `listener` with each new state, and with `undefined` when the old one has become too old. */
  onChange(listener: (state: NetworkState | undefined) => void): void {
    this.#onChange = listener;
  }

  /** What is known of the network, if it is not too old. */
  get state(): NetworkState | undefined {
    return this.#state;
  }

  /** Refreshes that failed since the last that did not. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * The topology.
   *
   * @throws {ProtocolError} If it is not known, or too old; exit code 3.
   */
  topology(): Topology {
    if (this.#state !== undefined) return this.#state.topology;
    throw new ProtocolError(
      `Cannot send: nothing recent is known of the network ${this.name}`,
      {
        exitCode: EXIT.down,
        hint: "Check that the directory can be reached",
      },
    );
  }

  /**
   * The gateway of an identity.
   *
   * @throws {UsageError} If it is not on this network; exit code 7.
   */
  gateway(identity: Uint8Array): RoutingNode {
    const gateway = this.topology().gateways.get(encodeBase58(identity));
    if (gateway !== undefined) return gateway;
    throw new UsageError(
      `Cannot reach gateway ${
        shortKey(identity)
      }: it is not on the network ${this.name}`,
      {
        exitCode: EXIT.address,
        hint: "Check the address, and that both sides use the same network",
      },
    );
  }

  /** Learn the present state; those who ask at the same time share one answer. @throws As the source does. */
  refresh(signal?: AbortSignal): Promise<void> {
    this.#refreshing ??= this.#refresh(signal).finally(() =>
      this.#refreshing = undefined
    );
    return this.#refreshing;
  }

  /** Something speaks for it that the network has changed: refresh soon, rather than in its time. */
  suspect(): void {
    this.#suspicion.resolve();
  }

  /** Refresh again and again until the signal is aborted; then returns. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#options.settings.disableRefreshing) return;
    try {
      while (!signal.aborted) {
        await this.#due(signal);
        // The failure is counted; the old state serves for a while.
        await this.refresh(signal).catch(() => {});
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Wait until it is time for a refresh. */
  async #due(signal: AbortSignal): Promise<void> {
    const { settings, clock } = this.#options;
    const { topologyRefreshRate: rate } = settings;
    const since = clock.now();
    await clock.until(since + rate * EARLIEST_SHARE, signal);
    const enough = new AbortController();
    const either = AbortSignal.any([signal, enough.signal]);
    await Promise.race([
      // Left behind by a suspicion, the wait ends by rejecting.
      clock.until(since + rate, either).catch(() => signal.throwIfAborted()),
      this.#suspicion.promise,
    ]);
    enough.abort();
    this.#suspicion = Promise.withResolvers<void>();
  }

  async #refresh(signal: AbortSignal | undefined): Promise<void> {
    try {
      this.#state = await this.#options.source.fetch(signal);
      this.#failures = 0;
    } catch (error) {
      if (signal?.aborted) throw error;
      this.#failures++;
      if (this.#failures >= MAX_FAILURES && this.#state !== undefined) {
        this.#state = undefined;
        this.#onChange(undefined);
      }
      throw error;
    }
    this.#onChange(this.#state);
  }
}
