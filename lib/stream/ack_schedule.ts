/** New bytes after which the sender is told at once. */
const ACK_EVERY = 64 * 1024;

/** How long an acknowledgement waits for more to come, in milliseconds. */
const ACK_PAUSE = 300;

/** How long it waits while more comes, in milliseconds: each one that a listener sends costs a reply block. */
const ACK_DELAY = 1000;

/** By how many bytes a window must have moved to be worth telling. */
const WINDOW_STEP = 256 * 1024;

/** Decides when the peer is told what has arrived, so that acknowledgements are neither late nor many. */
export class AckSchedule {
  #untold = 0;
  /** When the first piece arrived that the peer has not been told of, and the last one. */
  #arrivals: { readonly first: number; readonly last: number } | undefined;
  /** When it must be told, whatever arrives. */
  #due: number | undefined;
  #toldLimit: number;

  /** `limit` is what the peer knows of the window. */
  constructor(limit: number) {
    this.#toldLimit = limit;
  }

  /** When the next acknowledgement is due, if one is. */
  get deadline(): number | undefined {
    if (!this.#arrivals) return this.#due;
    const { first, last } = this.#arrivals;
    return Math.min(
      this.#due ?? Infinity,
      last + ACK_PAUSE,
      first + ACK_DELAY,
    );
  }

  /** Whether the peer must be told by now. */
  isDue(now: number): boolean {
    const { deadline } = this;
    return deadline !== undefined && now >= deadline;
  }

  /** A piece has arrived with `size` new bytes; none if it came twice, because the peer has not heard of it. */
  arrived(size: number, now: number): void {
    this.#untold += size;
    if (this.#untold >= ACK_EVERY) return this.answer(now);
    this.#arrivals = { first: this.#arrivals?.first ?? now, last: now };
  }

  /** The peer waits for an answer. */
  answer(now: number): void {
    this.#due = Math.min(this.#due ?? Infinity, now);
  }

  /** The window now ends at `limit`. */
  limitMoved(limit: number, now: number): void {
    if (limit - this.#toldLimit >= WINDOW_STEP) this.answer(now);
  }

  /** The peer has been told everything, and that the window ends at `limit`. */
  told(limit: number): void {
    this.#untold = 0;
    this.#arrivals = undefined;
    this.#due = undefined;
    this.#toldLimit = limit;
  }
}
