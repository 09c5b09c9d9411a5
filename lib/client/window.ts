/** So many packets may be on their way before anything is known of the network. */
const INITIAL = 64;

/** No network is so slow that fewer packets should be on their way. */
const SMALLEST = 16;

/** More packets than this are never on their way. */
export const LARGEST_WINDOW = 4096;

/** While packets wait in queues for less than this, more are sent, in milliseconds. */
const SHORT_WAIT_MS = 100;

/** When they wait for more than this, fewer are sent, in milliseconds: well before their timers run out. */
const LONG_WAIT_MS = 250;

/** After a loss the window is not made smaller again for so long, in milliseconds. */
const LOSS_PAUSE_MS = 1000;

/**
 * How many packets may be on their way unacknowledged when no clock paces them. How long nodes hold a packet back is known
 * beforehand, so whatever an acknowledgement takes longer was spent in queues: the window grows while these are short, and
 * shrinks before timers run out and fill them with repetitions.
 */
export class SendWindow {
  #size = INITIAL;
  #lossAt = -Infinity;

  /** How many packets may be on their way. */
  get size(): number {
    return Math.floor(this.#size);
  }

  /** A packet that was sent once was acknowledged after `took` milliseconds, where `expected` were to be expected. */
  acknowledged(took: number, expected: number): void {
    const waited = took - expected;
    if (waited < SHORT_WAIT_MS) this.#resize(this.#size + 1);
    else if (waited > LONG_WAIT_MS) this.#resize(this.#size - 0.5);
  }

  /** A packet was not acknowledged in time. */
  timedOut(now: number): void {
    if (now - this.#lossAt < LOSS_PAUSE_MS) return;
    this.#lossAt = now;
    this.#resize(this.#size * 0.7);
  }

  #resize(size: number): void {
    this.#size = Math.min(LARGEST_WINDOW, Math.max(SMALLEST, size));
  }
}
