import { abortable } from "../../async/abortable.ts";
import { sleep } from "../../async/clock.ts";
import type { NymStream, StreamProgress } from "../../stream/stream.ts";
import type { CommandContext } from "../context.ts";
import { formatSize } from "../parse/size.ts";

/** How often the line is drawn, in milliseconds. */
const EVERY_MS = 500;

/** The rate that is shown is that of about so many milliseconds. */
const RATE_MS = 5000;

/** What is shown while the other side has not been heard. */
export const WAITING = "waiting for the other side …";

/** What of a stream is shown. */
export type Watched = Pick<NymStream, "opened" | "progress">;

/** How fast a stream is, in bytes a second. */
export interface Pace {
  readonly sent: number;
  readonly received: number;
  /** What each direction can be at most. */
  readonly ceiling: number;
}

/** A line on the terminal that says how far a stream has come, drawn again and again until it is disposed. */
export class ProgressLine implements AsyncDisposable {
  readonly #stream: Watched;
  readonly #ceiling: number;
  readonly #context: Pick<CommandContext, "output" | "clock" | "columns">;
  readonly #stop = new AbortController();
  readonly #sent: RateMeter;
  readonly #received: RateMeter;
  readonly #drawing: Promise<void>;

  /** `ceiling` is what the client's pace allows in each direction, in bytes a second. */
  constructor(
    stream: Watched,
    ceiling: number,
    context: Pick<CommandContext, "output" | "clock" | "columns">,
  ) {
    this.#stream = stream;
    this.#ceiling = ceiling;
    this.#context = context;
    const now = context.clock.now();
    this.#sent = new RateMeter(now);
    this.#received = new RateMeter(now);
    this.#drawing = this.#draw();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#drawing;
  }

  async #draw(): Promise<void> {
    const { output, clock, columns = 80 } = this.#context;
    const { signal } = this.#stop;
    try {
      await output.redraw(WAITING);
      await abortable(this.#stream.opened, signal).catch(() => {});
      while (!signal.aborted) {
        await output.redraw(this.#text().slice(0, columns - 1));
        await sleep(clock, EVERY_MS, signal).catch(() => {});
      }
      await output.redraw("");
    } catch {
      // A closed stderr loses talk and nothing else.
    }
  }

  #text(): string {
    const { progress } = this.#stream;
    const now = this.#context.clock.now();
    return progressText(progress, {
      sent: this.#sent.measure(progress.acknowledged, now),
      received: this.#received.measure(progress.received, now),
      ceiling: this.#ceiling,
    });
  }
}

/** What is known of a stream, on one line of a terminal: a direction in which nothing moved is left out. */
export function progressText(
  { acknowledged, received, retransmissions }: StreamProgress,
  pace: Pace,
): string {
  const share = Math.max(pace.sent, pace.received) / pace.ceiling;
  const parts = [`${Math.round(share * 100)} % of full speed`];
  if (retransmissions > 0) parts.push(`${retransmissions} resent`);
  if (received > 0) parts.unshift(`got ${movedText(received, pace.received)}`);
  if (acknowledged > 0 || received === 0) {
    parts.unshift(`sent ${movedText(acknowledged, pace.sent)}`);
  }
  return parts.join(", ");
}

function movedText(size: number, rate: number): string {
  const rounded = Number(Math.round(rate).toPrecision(2));
  return `${formatSize(size)} (${formatSize(rounded)}/s)`;
}

/** Measures a rate over the last seconds. */
export class RateMeter {
  readonly #samples: { readonly at: number; readonly amount: number }[];

  /** Nothing has moved at `now`. */
  constructor(now: number) {
    this.#samples = [{ at: now, amount: 0 }];
  }

  /** The rate a second, now that `amount` has moved in all. */
  measure(amount: number, now: number): number {
    this.#samples.push({ at: now, amount });
    while (
      this.#samples.length > 2 && this.#samples[1]!.at <= now - RATE_MS
    ) this.#samples.shift();
    const [first] = this.#samples;
    const seconds = (now - first!.at) / 1000;
    return seconds > 0 ? (amount - first!.amount) / seconds : 0;
  }
}
