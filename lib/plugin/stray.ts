import type { Clock } from "../async/clock.ts";
import { Rate } from "./rate.ts";

/** How long a line of stray output can be; the rest of it is left out. */
const MAX_LINE = 2000;

/** Bytes that a plugin can print past us at once, and in a second in the long run. */
const BUDGET = { burst: 1 << 20, perSecond: 1 << 16 } as const;

/** What a plugin prints past us: told line by line, until it is too much. */
export class StrayOutput {
  readonly #budget: Rate;
  readonly #onLine: (line: string) => void;
  readonly #onFlood: () => void;

  /** `onLine` gets every line that is not empty; `onFlood` is called when there is no end to it. */
  constructor(
    clock: Clock,
    onLine: (line: string) => void,
    onFlood: () => void,
  ) {
    this.#budget = new Rate(clock, BUDGET);
    this.#onLine = onLine;
    this.#onFlood = onFlood;
  }

  /** Take one line, or the beginning of one. */
  take(line: string): void {
    if (!this.#budget.take(line.length + 1)) this.#onFlood();
    else if (line.trim() !== "") this.#onLine(line.slice(0, MAX_LINE));
  }
}
