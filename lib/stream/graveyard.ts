import type { Clock } from "../async/clock.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { Target } from "../mailbox/mailbox.ts";
import type { Segment } from "./segment.ts";

/** Streams that are remembered after their end; the oldest is forgotten first. */
const MAX_GRAVES = 1024;

/** A stream that is over repeats its last word at most this often, in milliseconds. */
const REPEAT_EVERY = 1000;

/** Refusals that may leave at once, and how many more each second brings. */
const REFUSALS = 10;

/** What a stream that is over still has to say: that everything has arrived, and to whom. */
export interface LastWord {
  /** Who it is for. */
  readonly target: Target;
  /** The encoded segment. */
  readonly message: Bytes;
}

/** Remembers streams that have ended well, so that a peer whose last acknowledgement was lost can have it again. */
export class Graveyard {
  readonly #clock: Clock;
  readonly #graves = new Map<string, { word: LastWord; saidAt: number }>();
  #refusals = REFUSALS;
  #refilledAt: number;

  /** `clock` bounds how often anything is repeated. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#refilledAt = clock.now();
  }

  /** A stream has ended. */
  bury(key: string, word: LastWord): void {
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

  /** Whether one more refusal may leave now: each costs the other side a reply block, and us a packet. */
  mayRefuse(): boolean {
    const now = this.#clock.now();
    const gained = (now - this.#refilledAt) / 1000 * REFUSALS;
    this.#refusals = Math.min(REFUSALS, this.#refusals + gained);
    this.#refilledAt = now;
    if (this.#refusals < 1) return false;
    this.#refusals--;
    return true;
  }
}
