/** New bytes after which the sender is told at once. */
const ACK_EVERY = 64 * 1024;

/** How long an acknowledgement may wait for company, in milliseconds. */
const ACK_DELAY = 300;

/** By how many bytes a window must have moved to be worth telling. */
const WINDOW_STEP = 256 * 1024;

/** Decides when the peer is told what has arrived, so that acknowledgements are neither late nor many. */
export class AckSchedule {
  #untold = 0;
  #deadline: number | undefined;
  #toldLimit: number;

  /** `limit` is what the peer knows of the window. */
  constructor(limit: number) {
    this.#toldLimit = limit;
  }

  /** When the next acknowledgement is due, if one is. */
  get deadline(): number | undefined {
    return this.#deadline;
  }

  /** Whether the peer must be told by now. */
  isDue(now: number): boolean {
    return this.#deadline !== undefined && now >= this.#deadline;
  }

  /** A piece has arrived with `size` new bytes; none if it came twice, because the peer has not heard of it. */
  arrived(size: number, now: number): void {
    this.#untold += size;
    this.#expect(this.#untold >= ACK_EVERY ? now : now + ACK_DELAY);
  }

  /** The peer waits for an answer. */
  answer(now: number): void {
    this.#expect(now);
  }

  /** The window now ends at `limit`. */
  limitMoved(limit: number, now: number): void {
    if (limit - this.#toldLimit >= WINDOW_STEP) this.#expect(now);
  }

  /** The peer has been told everything, and that the window ends at `limit`. */
  told(limit: number): void {
    this.#untold = 0;
    this.#deadline = undefined;
    this.#toldLimit = limit;
  }

  #expect(deadline: number): void {
    this.#deadline = Math.min(this.#deadline ?? Infinity, deadline);
  }
}
