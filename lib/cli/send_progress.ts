import { sleep } from "../async/clock.ts";
import type { CommandContext } from "./context.ts";
import { formatSize } from "./parse/size.ts";

/** What is sent sooner than that needs no progress, in milliseconds. */
const PATIENCE_MS = 1000;

/** How often the line is drawn, in milliseconds. */
const EVERY_MS = 250;

/** How far what was handed over has come, in bytes. */
export interface Share {
  /** What has got there, if that is known. */
  readonly through: number | undefined;
  /** All of it. */
  readonly total: number;
}

/** A line on the terminal that says how far messages have come, drawn again and again until it is disposed. */
export class SendProgress implements AsyncDisposable {
  readonly #share: () => Share;
  readonly #context: Pick<CommandContext, "output" | "clock">;
  readonly #stop = new AbortController();
  readonly #drawing: Promise<void>;

  /** Draws only where somebody watches. */
  constructor(
    share: () => Share,
    context: Pick<CommandContext, "output" | "clock">,
  ) {
    this.#share = share;
    this.#context = context;
    const { output } = context;
    this.#drawing = output.isWatched && !output.json
      ? this.#draw()
      : Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#drawing;
  }

  async #draw(): Promise<void> {
    const { output, clock } = this.#context;
    const { signal } = this.#stop;
    try {
      await sleep(clock, PATIENCE_MS, signal);
    } catch {
      return; // Stopped before there was anything to show.
    }
    try {
      while (!signal.aborted) {
        await output.redraw(progressText(this.#share()));
        await sleep(clock, EVERY_MS, signal).catch(() => {});
      }
      await output.redraw("");
    } catch {
      // A closed stderr loses talk and nothing else.
    }
  }
}

/** A share in words. */
export function progressText({ through, total }: Share): string {
  if (through === undefined) return `sending: ${formatSize(total)}`;
  const percent = total === 0 ? 0 : Math.floor(100 * through / total);
  return `sending: ${formatSize(Math.floor(through))} of ${
    formatSize(total)
  } (${percent} %)`;
}
