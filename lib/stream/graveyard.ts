import type { Clock } from "../async/clock.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { Target } from "../mailbox/mailbox.ts";
import type { Segment } from "./segment.ts";

/** Streams that are remembered after their end; the oldest is forgotten first. */
const MAX_GRAVES = 1024;

/** A stream that is over repeats its last word at most this often, in milliseconds. */
const REPEAT_EVERY = 1000;

/** What a stream that is over still has to say: that everything has arrived, or that it was reset; and to whom. */
export interface LastWord {
  /** Who it is for. */
  readonly target: Target;
  /** The encoded segment. */
  readonly message: Bytes;
}

interface Grave {
  readonly word: LastWord | undefined;
  saidAt: number;
}

/**
 * Remembers streams that are over, so that a peer who has missed the last word can have it again, and a late copy of an
 * opening opens nothing.
 */
export class Graveyard {
  readonly #clock: Clock;
  readonly #graves = new Map<string, Grave>();

  /** `clock` bounds how often anything is repeated. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A stream is over; it has a last word unless its peer had it. */
  bury(key: string, word: LastWord | undefined): void {
    this.#graves.set(key, { word, saidAt: -Infinity });
    if (this.#graves.size > MAX_GRAVES) {
      this.#graves.delete(this.#graves.keys().next().value!);
    }
  }

  /** What to answer a segment with, if its stream is remembered, the segment asks for an answer, and it is time for one. */
  lastWord(key: string, { data, probe, open }: Segment): LastWord | undefined {
    const grave = this.#graves.get(key);
    const now = this.#clock.now();
    if (
      !grave || !(data || probe || open) || now < grave.saidAt + REPEAT_EVERY
    ) return undefined;
    grave.saidAt = now;
    return grave.word;
  }

  /** Whether a stream of this id has ended here. */
  holds(key: string): boolean {
    return this.#graves.has(key);
  }
}
