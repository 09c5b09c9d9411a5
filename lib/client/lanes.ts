import { randomIndex, type RandomSource } from "../crypto/random.ts";

/**
 * Where packets wait for their turn, by what they are for. A number names a connection of the program that uses the
 * client (nymtech/nym, common/task/src/connections.rs).
 */
export type Lane =
  | "general"
  | "replySurbRequest"
  | "additionalReplySurbs"
  | "retransmission"
  | bigint;

/** What waits in a lane as one piece, cut into items only as they are taken. Only its lane takes from it. */
export interface LaneSource<T> {
  /** How many items are left. */
  readonly remaining: number;
  /** Take the next item; only while some remain. */
  next(): T;
}

/** A lane with fewer items than this goes first. */
const SMALL_LANE = 100;

/** So many lanes count as those that have transmitted most. */
const BUSIEST = 4;

interface LaneState<T> {
  readonly sources: LaneSource<T>[];
  length: number;
  transmitted: number;
}

/**
 * The lanes of a send loop, each first in, first out. Small lanes share the slots evenly and go before large ones, so
 * that a long transfer does not hold up what is short (nymtech/nym, common/client-core/…/transmission_buffer.rs).
 * It is bounded by those who push: a message waits with its sender until there is room.
 */
export class Lanes<T> {
  readonly #random: RandomSource;
  readonly #lanes = new Map<Lane, LaneState<T>>();
  #onArrival: () => void = () => {};

  /** All lanes are empty at first. */
  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** Items waiting in all lanes. */
  get size(): number {
    return this.#lanes.values().reduce((sum, { length }) => sum + length, 0);
  }

  /** Whether nothing waits. */
  get empty(): boolean {
    return this.#lanes.size === 0;
  }

  /** Items waiting in one lane. */
  length(lane: Lane): number {
    return this.#lanes.get(lane)?.length ?? 0;
  }

  /** Call `listener` after each push. */
  onArrival(listener: () => void): void {
    this.#onArrival = listener;
  }

  /** Put a source at the end of a lane. */
  push(lane: Lane, source: LaneSource<T>): void {
    if (source.remaining === 0) return;
    let state = this.#lanes.get(lane);
    if (state === undefined) {
      state = { sources: [], length: 0, transmitted: 0 };
      this.#lanes.set(lane, state);
    }
    state.sources.push(source);
    state.length += source.remaining;
    this.#onArrival();
  }

  /** Take the next item of a lane chosen by size and chance, among those that `open` lets through. */
  take(open: (lane: Lane) => boolean = () => true): T | undefined {
    const lane = this.#choose(open);
    if (lane === undefined) return undefined;
    const state = this.#lanes.get(lane)!;
    const source = state.sources[0]!;
    const item = source.next();
    state.length--;
    state.transmitted++;
    if (source.remaining === 0) state.sources.shift();
    if (state.sources.length === 0) this.#lanes.delete(lane);
    return item;
  }

  /** Take a source out again, wherever it waits. Returns whether it was there. */
  remove(source: LaneSource<T>): boolean {
    for (const [lane, state] of this.#lanes) {
      const index = state.sources.indexOf(source);
      if (index < 0) continue;
      state.sources.splice(index, 1);
      state.length -= source.remaining;
      if (state.sources.length === 0) this.#lanes.delete(lane);
      return true;
    }
    return false;
  }

  /** Empty a lane. Returns what waited in it. */
  drop(lane: Lane): readonly LaneSource<T>[] {
    const dropped = this.#lanes.get(lane)?.sources ?? [];
    this.#lanes.delete(lane);
    return dropped;
  }

  #choose(open: (lane: Lane) => boolean): Lane | undefined {
    const lanes = [...this.#lanes.keys()].filter(open);
    if (lanes.length < 2) return lanes[0];
    const small = lanes.filter((lane) => this.length(lane) < SMALL_LANE);
    if (small.length > 0) return this.#any(small);
    if (randomIndex(this.#random, 3) === 2) return this.#any(lanes);
    const transmitted = (lane: Lane) => this.#lanes.get(lane)!.transmitted;
    lanes.sort((a, b) => transmitted(b) - transmitted(a));
    return this.#any(lanes.slice(0, BUSIEST));
  }

  #any(lanes: readonly Lane[]): Lane {
    return lanes[randomIndex(this.#random, lanes.length)]!;
  }
}
