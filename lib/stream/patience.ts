import { ConnectionError, EXIT } from "../errors.ts";

/** How often the opening is repeated at first, in milliseconds; each wait is twice as long as the one before. */
const FIRST_REOPENING = 3000;

/** How long a side waits for the other, in milliseconds. */
export interface PatienceOptions {
  /** How long the peer may be silent once it has answered. */
  readonly idle: number;
  /** How long the listener may take to answer the opening. */
  readonly openTimeout: number;
  /** Whether the peer has been heard already. */
  readonly opened: boolean;
}

/** Knows when to open again, when to ask whether the peer is still there, and when to give up. */
export class Patience {
  readonly #options: PatienceOptions;
  #opened: boolean;
  #heardAt: number;
  #probedAt: number;
  #nextOpening: number;
  #openings = 0;

  /** Start to wait at `now`. */
  constructor(options: PatienceOptions, now: number) {
    this.#options = options;
    this.#opened = options.opened;
    this.#heardAt = this.#probedAt = this.#nextOpening = now;
  }

  /** Whether the peer has been heard. */
  get opened(): boolean {
    return this.#opened;
  }

  /** When to look again. */
  get deadline(): number {
    const next = this.#opened ? this.#nextProbe : this.#nextOpening;
    return Math.min(next, this.#end);
  }

  /** The peer was heard. */
  heard(now: number): void {
    this.#opened = true;
    this.#heardAt = this.#probedAt = now;
  }

  /** Whether the opening has to be sent, again or for the first time. */
  isOpeningDue(now: number): boolean {
    return !this.#opened && now >= this.#nextOpening;
  }

  /** Whether the peer has to be asked for a sign of life. */
  isProbeDue(now: number): boolean {
    return this.#opened && now >= this.#nextProbe;
  }

  /** A segment with the opening or a probe in it was sent. */
  asked(now: number): void {
    this.#probedAt = now;
    this.#nextOpening = now +
      FIRST_REOPENING * 2 ** Math.min(this.#openings++, 4);
  }

  /**
   * Look at the time.
   *
   * @throws {ConnectionError} With exit code 5 if the peer was silent for too long.
   */
  check(now: number): void {
    if (now < this.#end) return;
    const seconds = Math.round((this.#end - this.#heardAt) / 1000);
    if (this.#opened) {
      throw new ConnectionError(
        `Lost the other side of the pipe: silent for ${seconds} s`,
        {
          exitCode: EXIT.lost,
          mayArrive: true,
          hint:
            "Check that the other side still runs; --idle sets how long it may be silent",
        },
      );
    }
    throw new ConnectionError(
      `Cannot open the pipe: no answer from the listener in ${seconds} s`,
      {
        exitCode: EXIT.lost,
        hint:
          "Check that `nymwire pipe --listen` runs there, with the same --code-file",
      },
    );
  }

  get #end(): number {
    const { idle, openTimeout } = this.#options;
    return this.#heardAt + (this.#opened ? idle : openTimeout);
  }

  get #nextProbe(): number {
    return this.#probedAt + this.#options.idle / 3;
  }
}
