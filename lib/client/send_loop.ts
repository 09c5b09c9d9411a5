import type { Clock } from "../async/clock.ts";
import type { RandomSource } from "../crypto/random.ts";
import { BackPressure, OUTGOING_CAPACITY } from "./back_pressure.ts";
import { PoissonSchedule } from "./poisson.ts";
import { Turn } from "./turn.ts";
import type { ReadyPacket, Workshop } from "./workshop.ts";

/** The way out, as the send loop sees it. */
export interface PacketExit<T> {
  /** Whether packets can leave now. */
  readonly open: boolean;
  /** Packets handed over that have not left this machine yet. */
  readonly waiting: number;
  /** Let a packet go. Returns false if it could not. */
  send(packet: T): boolean;
  /** Wait until packets can leave and fewer than `limit` wait. Rejects with the signal's reason. */
  ready(limit: number, signal: AbortSignal): Promise<void>;
}

/** Options of {@linkcode SendLoop}. */
export interface SendLoopOptions<T extends ReadyPacket> {
  /** Where time comes from. */
  clock: Clock;
  /** Where chance comes from. */
  random: RandomSource;
  /** Mean gap between packets in milliseconds. */
  averageDelay: number;
  /** Whether packets leave as a Poisson process, cover where nothing waits; otherwise at once, and no cover. @default true */
  poisson?: boolean;
  /** Builds what leaves. */
  workshop: Workshop<T>;
  /** Where it leaves. */
  exit: PacketExit<T>;
  /** Whether real packets wait to be built. */
  waiting: () => boolean;
}

/**
 * The main stream: one packet in each slot, a real one if one waits and cover otherwise. The slots know nothing of the
 * data (nymtech/nym, common/client-core/src/client/real_messages_control/real_traffic_stream.rs).
 */
export class SendLoop<T extends ReadyPacket> {
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #averageDelay: number;
  readonly #poisson: boolean;
  readonly #workshop: Workshop<T>;
  readonly #exit: PacketExit<T>;
  readonly #waiting: () => boolean;
  #deadline = -Infinity;
  #arrived: () => void = () => {};
  #multiplier = 1;

  /** Nothing leaves before {@linkcode run}. */
  constructor(options: SendLoopOptions<T>) {
    const { poisson = true } = options;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#averageDelay = options.averageDelay;
    this.#poisson = poisson;
    this.#workshop = options.workshop;
    this.#exit = options.exit;
    this.#waiting = options.waiting;
  }

  /** How many times slower than wanted the stream is, because the connection takes no more: 1 to 6. */
  get multiplier(): number {
    return this.#multiplier;
  }

  /** Real packets have come: build one ahead if the next slot is far enough away. */
  arrived(): void {
    if (this.#poisson) this.#workshop.step(this.#deadline, { cover: false });
    this.#arrived();
  }

  /** Send until the signal is aborted; then returns. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await (this.#poisson
        ? this.#runPoisson(signal)
        : this.#runAtOnce(signal));
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #runPoisson(signal: AbortSignal): Promise<void> {
    const schedule = new PoissonSchedule(this.#random, this.#clock.now());
    const pressure = new BackPressure(this.#clock.now());
    const turn = new Turn(this.#clock);
    while (!signal.aborted) {
      const now = this.#clock.now();
      this.#multiplier = pressure.observe(this.#exit.waiting, now);
      const average = this.#averageDelay * this.#multiplier;
      this.#deadline = schedule.next(average, now);
      if (this.#exit.open) {
        await this.#workshop.fill(this.#deadline, { cover: true });
      }
      await turn.until(this.#deadline, signal);
      this.#slot();
    }
  }

  #slot(): void {
    // What does not fit waits for the next slot; acknowledgements repeat what is lost.
    if (!this.#exit.open || this.#exit.waiting >= OUTGOING_CAPACITY) return;
    const packet = this.#workshop.forSlot();
    if (packet !== undefined && !this.#exit.send(packet)) {
      this.#workshop.putBack(packet);
    }
  }

  async #runAtOnce(signal: AbortSignal): Promise<void> {
    const turn = new Turn(this.#clock);
    while (!signal.aborted) {
      await this.#exit.ready(OUTGOING_CAPACITY, signal);
      const packet = this.#workshop.real() ?? this.#workshop.buildReal();
      if (packet === undefined) {
        await this.#arrival(signal);
        turn.begin();
      } else if (!this.#exit.send(packet)) this.#workshop.putBack(packet);
      await turn.yield();
    }
  }

  /** Wait until something waits to be sent, which may be at once. */
  async #arrival(signal: AbortSignal): Promise<void> {
    // It may have been aborted while something else was waited for, and says so only once.
    signal.throwIfAborted();
    if (this.#waiting()) return;
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        this.#arrived = () => {};
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#arrived = () => {};
        reject(signal.reason);
      };
      this.#arrived = settle;
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
