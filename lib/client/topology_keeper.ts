import type { Clock } from "../async/clock.ts";
import { within } from "../async/within.ts";
import { encodeBase58 } from "../bytes/base58.ts";
import { shortKey } from "../bytes/short_key.ts";
import { ConnectionError, EXIT, ProtocolError, UsageError } from "../errors.ts";
import type { TopologySettings } from "../home/debug.ts";
import type { RoutingNode } from "../topology/node.ts";
import type { Topology } from "../topology/view.ts";
import type { LearnedState, NetworkSource, NetworkState } from "./directory.ts";
import { MAX_FAILURES, missedRefreshes, worthOf } from "./remembered.ts";

/** Signs that the network has changed are followed no sooner than after this share of the usual time. */
const EARLIEST_SHARE = 1 / 20;

/** How long the network may take to be learned while there is something older to go on with, in milliseconds. */
const PATIENCE_MS = 2000;

/** What an earlier run has learned, and this one goes on with. */
export interface Recollection {
  /** What errors call the network. */
  readonly network: string;
  /** How old it is, in milliseconds. */
  readonly age: number;
  /** Why nothing newer was learned; none if that was not tried. */
  readonly failure: unknown;
}

/** Options of {@linkcode TopologyKeeper}. */
export interface TopologyKeeperOptions {
  /** Where the network is learned from. */
  source: NetworkSource;
  /** How often. */
  settings: TopologySettings;
  /** Where time comes from. */
  clock: Clock;
  /** Hears that {@linkcode TopologyKeeper.start} goes on with what an earlier run has learned. @default nobody */
  onRecalled?: ((recollection: Recollection) => void) | undefined;
}

/** Keeps what is known of the network up to date (nymtech/nym, common/client-core/src/client/topology_control). */
export class TopologyKeeper {
  readonly #options: TopologyKeeperOptions;
  #state: NetworkState | undefined;
  #failures = 0;
  /** Whether the state is that of an earlier run. */
  #isRecalled = false;
  /** When the last refresh ended, or would have. */
  #since = -Infinity;
  #suspicion = Promise.withResolvers<void>();
  #refreshing: Promise<void> | undefined;
  #onChange: (state: NetworkState | undefined) => void = () => {};

  /** Nothing is known before {@linkcode start} or the first {@linkcode refresh}. */
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

  /** Whether the network is known, but not this gateway of it. */
  lacks(identity: Uint8Array): boolean {
    const gateways = this.#state?.topology.gateways;
    return gateways !== undefined && !gateways.has(encodeBase58(identity));
  }

  /**
   * Learn the present state, unless an earlier run has done so a moment ago. While it cannot be learned, or not soon, what is
   * older serves as it would serve a client that had gone on running.
   *
   * @throws As the source does.
   */
  async start(signal?: AbortSignal): Promise<void> {
    const { source, settings, clock } = this.#options;
    const recalled = settings.disableRefreshing
      ? undefined
      : await source.recall?.();
    const worth = recalled && worthOf(recalled, clock.wall(), settings);
    if (recalled === undefined || worth === "useless") {
      return await this.refresh(signal);
    }
    let failure: unknown;
    if (worth === "old") {
      try {
        return await this.#refreshSoon(signal);
      } catch (error) {
        signal?.throwIfAborted();
        failure = error;
        this.suspect();
      }
    }
    this.#recall(recalled, failure);
  }

  /** If what is known is that of an earlier run, learn the present state, if that can be. Returns whether it did. */
  async confirm(signal?: AbortSignal): Promise<boolean> {
    if (!this.#isRecalled) return false;
    // Whoever asks goes on with what there is.
    await this.refresh(signal).catch(() => signal?.throwIfAborted());
    return !this.#isRecalled;
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
    const since = this.#since;
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

  /** Learn the present state if that does not take long. */
  async #refreshSoon(signal: AbortSignal | undefined): Promise<void> {
    const { clock, source } = this.#options;
    const isLearned = await within(
      { clock, deadline: clock.now() + PATIENCE_MS, signal },
      (signal) => this.refresh(signal).then(() => true),
    );
    if (isLearned) return;
    throw new ConnectionError(
      `Cannot ask directory at ${source.name}: no answer in ${PATIENCE_MS} ms`,
    );
  }

  #recall(recalled: LearnedState, failure: unknown): void {
    const { source, settings, clock, onRecalled } = this.#options;
    const age = clock.wall() - recalled.learnedAt;
    this.#state = recalled;
    this.#isRecalled = true;
    this.#failures = missedRefreshes(recalled, clock, settings);
    this.#since = clock.now() - age +
      this.#failures * settings.topologyRefreshRate;
    onRecalled?.({ network: source.name, age, failure });
  }

  async #refresh(signal: AbortSignal | undefined): Promise<void> {
    try {
      this.#state = await this.#options.source.fetch(signal);
      this.#failures = 0;
      this.#isRecalled = false;
      this.#since = this.#options.clock.now();
    } catch (error) {
      if (signal?.aborted) throw error;
      this.#since = this.#options.clock.now();
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
