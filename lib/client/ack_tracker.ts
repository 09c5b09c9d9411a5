import type { Clock } from "../async/clock.ts";
import { Deadlines } from "./deadlines.ts";
import { Lateness } from "./lateness.ts";

/** No wait is longer, in milliseconds. */
const MAX_TIMEOUT_MS = 60_000;

/** So many repetitions are sent at the pace of the first one; then the pace halves, twice. */
const STEADY_REPETITIONS = 3;
const MAX_HALVINGS = 2;

/** So many packets are remembered that were acknowledged after a repetition. */
const MAX_REPEATED = 4096;

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

/** A packet that waits for its acknowledgement. */
interface Entry<T> {
  readonly id: TrackedId;
  readonly item: T;
  /** When it left for the first time, in milliseconds. */
  readonly firstAt: number;
  /** How often it was sent again. */
  readonly repetitions: number;
  /** There and back, in milliseconds, if all goes well. */
  readonly expected: number;
}

/**
 * The packets that have left and are not acknowledged. Each is kept with what is needed to send it again; its timer
 * starts when it leaves, again for each repetition. Bounded by the sender, which holds new packets back while
 * {@linkcode AckTracker.size} is large.
 *
 * The timer is the official one, and longer where that would be wrong: on a network that takes its time, every packet
 * would be sent again while its acknowledgement is under way, which makes such a network slower still. A second
 * acknowledgement of a repeated packet says that the first copy was late and not lost. Loss is no reason to wait longer:
 * where a third of all packets is lost there and back, many a packet needs its fourth repetition.
 *
 * (nymtech/nym, common/client-core/src/client/real_messages_control/acknowledgement_control.)
 */
export class AckTracker<T> {
  readonly #clock: Clock;
  readonly #waitMultiplier: number;
  readonly #waitAddition: number;
  readonly #onExpired: (item: T, id: TrackedId) => void;
  readonly #items = new Map<number, Entry<T>>();
  readonly #lateness = new Lateness();
  /** How late the first copy of a repeated packet would be, if a second acknowledgement says that it was not lost. */
  readonly #repeated = new Map<number, number>();
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
    const now = this.#clock.now();
    const earlier = this.#items.get(key);
    const entry = {
      id,
      item,
      firstAt: earlier?.firstAt ?? now,
      repetitions: earlier === undefined ? 0 : earlier.repetitions + 1,
      expected: Number(expected) / 1e6,
    };
    this.#items.set(key, entry);
    this.#deadlines.set(key, now + this.timeout(expected, entry.repetitions));
  }

  /** An acknowledgement came. Returns what was sent, or `undefined` if nobody waits for it (any more). */
  acknowledged(id: TrackedId): T | undefined {
    const key = keyOf(id);
    const entry = this.#items.get(key);
    if (entry === undefined) this.#learnFromSecond(key);
    else this.#learnFrom(key, entry);
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

  /** How long to wait for an acknowledgement, in milliseconds; up to four times as long after several repetitions. */
  timeout(expected: bigint, repetitions = 0): number {
    const milliseconds = Number(expected) / 1e6;
    const official = milliseconds * this.#waitMultiplier + this.#waitAddition;
    const usual = milliseconds + this.#lateness.bound;
    const halvings = Math.max(0, repetitions - STEADY_REPETITIONS);
    return Math.min(
      Math.max(official, usual) * 2 ** Math.min(halvings, MAX_HALVINGS),
      MAX_TIMEOUT_MS,
    );
  }

  /** Watch the timers until the signal is aborted; then returns. */
  run(signal: AbortSignal): Promise<void> {
    return this.#deadlines.run((key) => {
      const entry = this.#items.get(key);
      if (entry !== undefined) this.#onExpired(entry.item, entry.id);
    }, signal);
  }

  #learnFrom(key: number, { firstAt, expected, repetitions }: Entry<T>): void {
    const late = this.#clock.now() - firstAt - expected;
    if (repetitions === 0) return this.#lateness.measure(late);
    this.#repeated.set(key, late);
    if (this.#repeated.size > MAX_REPEATED) {
      this.#repeated.delete(this.#repeated.keys().next().value!);
    }
  }

  #learnFromSecond(key: number): void {
    const late = this.#repeated.get(key);
    if (late === undefined) return;
    this.#repeated.delete(key);
    this.#lateness.measure(late);
  }
}

function keyOf({ setId, index }: TrackedId): number {
  return setId * 256 + index;
}
