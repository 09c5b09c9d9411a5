import { abortable } from "../async/abortable.ts";
import { type Clock, sleep } from "../async/clock.ts";
import { EXIT, NymError, UsageError } from "../errors.ts";
import { type Sending, type Stage, STAGES } from "./mailbox.ts";

/** How often a lane is looked at, in milliseconds. */
const POLL = 50;
/** A lane that was never seen with packets in it has to be seen empty for at least this long, in milliseconds. */
const MIN_EMPTY = 150;
/** And at so many looks at least: one that came late says no more than any other. */
const MIN_LOOKS = 3;
/** The same for the longest messages, which take a client a while to cut. */
const MAX_EMPTY = 30_000;
/** What a packet carries of a message, in bytes, and how long it takes to leave on average, in milliseconds. */
const PACKET = 1604;
const PACKET_GAP = 20;

/** Nobody can tell what had left before a lane was dropped. */
const NOTHING_LEFT = false;

/** What a {@linkcode StockSending} asks its mailbox for. */
export interface LaneWatch {
  /** The packets that wait in the message's lane. */
  length(): Promise<bigint>;
  /** Drop what waits in it. */
  drop(): void;
  /** The message has left, or never will: its lane is free. */
  release(): void;
  /** Fires when the mailbox closes. */
  readonly closing: AbortSignal;
}

/** A message that a native client has queued. */
export class StockSending implements Sending {
  readonly id: string;
  /** A native client does not tell. */
  readonly packets = undefined;
  readonly #lane: LaneWatch | undefined;
  readonly #clock: Clock;
  readonly #emptyFor: number;
  #seen: boolean;
  #lastLength: bigint;
  #left = 0;
  #flushed: Promise<void> | undefined;
  #withdrawn = false;

  /** `lane` is none where the dialect has none; `waiting` is what the client said was in it. */
  constructor(
    id: string,
    options: {
      lane: LaneWatch | undefined;
      waiting: bigint;
      bodyLength: number;
      clock: Clock;
    },
  ) {
    const { lane, waiting, bodyLength, clock } = options;
    this.id = id;
    this.#lane = lane;
    this.#seen = waiting > 0n;
    this.#lastLength = waiting;
    this.#clock = clock;
    const packets = Math.ceil((bodyLength + 1) / PACKET);
    this.#emptyFor = Math.min(
      Math.max(MIN_EMPTY, packets * PACKET_GAP),
      MAX_EMPTY,
    );
  }

  /** Packets that were seen to leave, while somebody waits for the last one. */
  get progress(): number {
    return this.#left;
  }

  async reached(stage: Stage, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (stage === "queued") return;
    if (stage !== "flushed" || this.#lane === undefined) {
      throw new UsageError(
        `Cannot wait until the message is ${stage}: this client does not tell`,
        {
          exitCode: EXIT.refused,
          mayArrive: true,
          hint: `Wait for ${
            this.#lane === undefined ? STAGES[0] : STAGES[1]
          } at most, or use a client of nymwire`,
        },
      );
    }
    // One question at a time, however many ask; whoever gives up leaves it to the others.
    this.#flushed ??= this.#watch(this.#lane);
    this.#flushed.catch(() => {});
    await abortable(this.#flushed, signal);
  }

  withdraw(): Promise<boolean> {
    this.#withdrawn = true;
    this.#lane?.drop();
    return Promise.resolve(NOTHING_LEFT);
  }

  /**
   * A lane is empty before the client has cut the message, and again after its last packet: seen with packets and then without
   * they have left; never seen with any, it has to stay empty for as long as cutting and leaving take.
   */
  async #watch(lane: LaneWatch): Promise<void> {
    try {
      let emptySince = this.#clock.now();
      let looks = 0;
      for (;;) {
        await sleep(this.#clock, POLL, lane.closing);
        const length = await lane.length();
        if (this.#withdrawn) throw withdrawn();
        if (length < this.#lastLength) {
          this.#left += Number(this.#lastLength - length);
        }
        this.#lastLength = length;
        const now = this.#clock.now();
        if (length > 0n) {
          this.#seen = true;
          emptySince = now;
          looks = 0;
        } else if (
          this.#seen ||
          ++looks >= MIN_LOOKS && now - emptySince >= this.#emptyFor
        ) return;
      }
    } finally {
      lane.release();
    }
  }
}

function withdrawn(): NymError {
  return new NymError("Cannot send message: it was withdrawn", {
    mayArrive: true,
  });
}

/** Why somebody gave up on a message that the client has been sent: nobody can tell what becomes of it. */
export function givenUp(reason: unknown): unknown {
  if (!(reason instanceof NymError) || reason.mayArrive !== undefined) {
    return reason;
  }
  return Object.create(reason, { mayArrive: { value: true } });
}
