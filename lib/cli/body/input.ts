import type { BodyRecord } from "./record.ts";

/** Messages up to where their source ends or breaks: what was read before is sent all the same. */
export class Input {
  /** What broke the source, if it did not end by itself. */
  broken: unknown;
  readonly #messages: AsyncIterable<BodyRecord>;
  readonly #signal: AbortSignal;

  /** `signal` aborts reading, which breaks nothing: it throws. */
  constructor(messages: AsyncIterable<BodyRecord>, signal: AbortSignal) {
    this.#messages = messages;
    this.#signal = signal;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<BodyRecord, void, undefined> {
    try {
      yield* this.#messages;
    } catch (error) {
      if (this.#signal.aborted) throw error;
      this.broken = error;
    }
  }
}
