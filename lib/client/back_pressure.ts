/** The slowest pace is this many times slower than the wanted one. */
const MAX_MULTIPLIER = 6;

/** A pace is kept at least this long before it gets slower, in milliseconds. */
const SLOWER_AFTER_MS = 1000;

/** A pace is kept at least this long without any pressure before it gets faster, in milliseconds. */
const FASTER_AFTER_MS = 2000;

/** Packets that may wait for the gateway's connection; beyond that it is full. */
export const OUTGOING_CAPACITY = 32;

/** More packets than this waiting are pressure. */
const PRESSURE_ABOVE = 10;

/**
 * Slows the main stream down while the connection to the gateway does not take packets as fast as they are made, and
 * speeds it up again by and by (nymtech/nym, common/client-core/…/sending_delay_controller.rs).
 */
export class BackPressure {
  #multiplier = 1;
  #changedAt: number;
  #pressedAt: number;

  /** Starts at full pace at `now`, in milliseconds. */
  constructor(now: number) {
    this.#changedAt = now;
    this.#pressedAt = -Infinity;
  }

  /** The mean gap between packets is this many times the wanted one: 1 to 6. */
  get multiplier(): number {
    return this.#multiplier;
  }

  /** Look at how many packets wait for the connection at `now`. Returns the multiplier from here on. */
  observe(waiting: number, now: number): number {
    if (waiting > PRESSURE_ABOVE) this.#pressedAt = now;
    const kept = now - this.#changedAt;
    if (waiting >= OUTGOING_CAPACITY) {
      if (this.#multiplier < MAX_MULTIPLIER && kept >= SLOWER_AFTER_MS) {
        this.#change(1, now);
      }
    } else if (
      this.#multiplier > 1 && kept >= FASTER_AFTER_MS &&
      now - this.#pressedAt >= FASTER_AFTER_MS
    ) {
      this.#change(-1, now);
    }
    return this.#multiplier;
  }

  #change(by: 1 | -1, now: number): void {
    this.#multiplier += by;
    this.#changedAt = now;
  }
}
