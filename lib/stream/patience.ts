import { EXIT } from "../errors.ts";
import { SilenceError } from "./reset.ts";

/** After how long a question is repeated at first, in milliseconds; each wait is twice as long as the one before. */
const FIRST_WAIT = 3000;

/** How often waits double. */
const MAX_DOUBLINGS = 4;

/** How long a side waits for the other, in milliseconds. */
export interface PatienceOptions {
  /** How long the peer may be silent once the stream is open. */
  readonly idle: number;
  /** How long the peer may take to open the stream. */
  readonly openTimeout: number;
}

/**
 * Knows when to ask whether the peer is there, and when to give up. A side asks until the stream is open; later when it waits
 * for something that does not come, and from time to time when nothing happens at all.
 */
export class Patience {
  readonly #options: PatienceOptions;
  #opened = false;
  #heardAt: number;
  #askedAt: number;
  #expectsSince: number | undefined;
  #unanswered = 0;

  /** Start to wait at `now`. */
  constructor(options: PatienceOptions, now: number) {
    this.#options = options;
    this.#heardAt = this.#askedAt = now;
  }

  /** When to look again. */
  get deadline(): number {
    return Math.min(this.#nextQuestion, this.end);
  }

  /** The peer was heard, and the stream may be open now. */
  heard(now: number, { opened }: { opened: boolean }): void {
    this.#opened = opened;
    this.#heardAt = this.#askedAt = now;
    this.#unanswered = 0;
    if (this.#expectsSince !== undefined) this.#expectsSince = now;
  }

  /** Whether this side waits for something: an acknowledgement, or room at the peer. */
  expects(something: boolean, now: number): void {
    if (!something) this.#expectsSince = undefined;
    else this.#expectsSince ??= now;
  }

  /** Whether the peer has to be asked for a sign of life: the first time, or once more. */
  isQuestionDue(now: number): boolean {
    return now >= this.#nextQuestion;
  }

  /** The peer was asked. */
  asked(now: number): void {
    this.#askedAt = now;
    this.#unanswered++;
  }

  /**
   * Look at the time.
   *
   * @throws {SilenceError} With exit code 5 if the peer was silent for too long.
   */
  check(now: number): void {
    if (now < this.end) return;
    const seconds = Math.round((this.end - this.#heardAt) / 1000);
    if (this.#opened) {
      throw new SilenceError(
        `Lost the other side of the pipe: silent for ${seconds} s`,
        {
          exitCode: EXIT.lost,
          mayArrive: true,
          hint:
            "Check that the other side still runs; --idle sets how long it may be silent",
        },
      );
    }
    throw new SilenceError(
      `Cannot open the pipe: no answer from the other side in ${seconds} s`,
      {
        exitCode: EXIT.lost,
        mayArrive: false,
        hint:
          "Check that `nymwire pipe --listen` runs there, with the same --code-file",
      },
    );
  }

  /** When to give up. */
  get end(): number {
    const { idle, openTimeout } = this.#options;
    return this.#heardAt + (this.#opened ? idle : openTimeout);
  }

  get #nextQuestion(): number {
    const wait = FIRST_WAIT *
      2 ** Math.min(Math.max(0, this.#unanswered - 1), MAX_DOUBLINGS);
    if (!this.#opened) return this.#askedAt + (this.#unanswered ? wait : 0);
    const quiet = this.#askedAt + this.#options.idle / 3;
    return this.#expectsSince === undefined
      ? quiet
      : Math.min(quiet, Math.max(this.#askedAt, this.#expectsSince) + wait);
  }
}
