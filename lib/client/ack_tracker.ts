import type { Clock } from "../async/clock.ts";
import { Deadlines } from "./deadlines.ts";

/** Which fragment of which set: what an acknowledgement names. */
export interface TrackedId {
  /** The set, 1 to 2^31 − 1. */
  readonly setId: number;
  /** The fragment in its set, 1 to 255. */
  readonly index: number;
}

/** Options of {@linkcode AckTracker}. */
export interface AckTrackerOptions<T> {
  /** Where time comes from. */
  clock: Clock;
  /** The expected time there and back counts this many times. @default 1.5 */
  waitMultiplier?: number;
  /** And this is added, in milliseconds. @default 1500 */
  waitAddition?: number;
  /** Hears of a packet whose acknowledgement did not come in time. The entry stays, without a timer. */
  onExpired: (item: T, id: TrackedId) => void;
}

/**
 * The packets that have left and are not acknowledged. Each is kept with what is needed to send it again; its timer
 * starts when it leaves, again for each repetition. Bounded by the sender, which holds new packets back while
 * {@linkcode AckTracker.size} is large.
 * (nymtech/nym, common/client-core/src/client/real_messages_control/acknowledgement_control.)
 */
export class AckTracker<T> {
  readonly #clock: Clock;
  readonly #waitMultiplier: number;
  readonly #waitAddition: number;
  readonly #onExpired: (item: T, id: TrackedId) => void;
  readonly #items = new Map<number, { id: TrackedId; item: T }>();
  readonly #deadlines: Deadlines<number>;

  /** Nothing has left yet. */
  constructor(
    { clock, waitMultiplier = 1.5, waitAddition = 1500, onExpired }:
      AckTrackerOptions<T>,
  ) {
    this.#clock = clock;
    this.#waitMultiplier = waitMultiplier;
    this.#waitAddition = waitAddition;
    this.#onExpired = onExpired;
    this.#deadlines = new Deadlines(clock);
  }

  /** Packets without an acknowledgement. */
  get size(): number {
    return this.#items.size;
  }

  /** Whether a packet waits for its acknowledgement. */
  has(id: TrackedId): boolean {
    return this.#items.has(keyOf(id));
  }

  /** A packet has just left; there and back take `expected` nanoseconds if all goes well. */
  sent(id: TrackedId, item: T, expected: bigint): void {
    const key = keyOf(id);
    this.#items.set(key, { id, item });
    this.#deadlines.set(key, this.#clock.now() + this.timeout(expected));
  }

  /** An acknowledgement came. Returns what was sent, or `undefined` if nobody waits for it (any more). */
  acknowledged(id: TrackedId): T | undefined {
    const key = keyOf(id);
    const entry = this.#items.get(key);
    this.#items.delete(key);
    this.#deadlines.delete(key);
    return entry?.item;
  }

  /** Wait no more for the packets of which `which` is true. */
  forget(which: (item: T) => boolean): void {
    for (const [key, { item }] of this.#items) {
      if (!which(item)) continue;
      this.#items.delete(key);
      this.#deadlines.delete(key);
    }
  }

  /** How long to wait for an acknowledgement, in milliseconds. */
  timeout(expected: bigint): number {
    const milliseconds = Number(expected) / 1e6;
    return milliseconds * this.#waitMultiplier + this.#waitAddition;
  }

  /** Watch the timers until the signal is aborted; then returns. */
  run(signal: AbortSignal): Promise<void> {
    return this.#deadlines.run((key) => {
      const entry = this.#items.get(key);
      if (entry !== undefined) this.#onExpired(entry.item, entry.id);
    }, signal);
  }
}

function keyOf({ setId, index }: TrackedId): number {
  return setId * 256 + index;
}
