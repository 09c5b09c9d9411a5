import { concat } from "../bytes/concat.ts";
import { ProtocolError } from "../errors.ts";
import { addRange, type ByteRange, missingFrom } from "./ranges.ts";
import {
  type Acknowledgement,
  MAX_RANGES,
  type SegmentData,
} from "./segment.ts";

/** What a piece of a stream turned out to be. */
export type Arrival = "new" | "duplicate" | "dropped";

/** Pieces that may wait for those before them: many tiny ones would cost more than the window. */
const MAX_EARLY_PIECES = 4096;

/** Pieces in order that are kept apart until they are read; more are put together, for the same reason. */
const MAX_READY_PIECES = 256;

/**
 * The receiving half of a stream: puts pieces in order, hands each byte out once, and never holds more than its window.
 * The limit moves when bytes are read, so that a slow reader slows the sender.
 */
export class ReceiveBuffer {
  readonly #early = new Map<number, Uint8Array>();
  #window: number;
  #ranges: ByteRange[] = [];
  #ready: Uint8Array[] = [];
  #received = 0;
  #read = 0;
  #end: number | undefined;

  /** Hold at most `window` bytes. */
  constructor(window: number) {
    this.#window = window;
  }

  /** Whether every byte up to the end has arrived. */
  get complete(): boolean {
    return this.#received === this.#end;
  }

  /** Whether every byte up to the end was read. */
  get drained(): boolean {
    return this.#read === this.#end;
  }

  /** Bytes that can be read now. */
  get readable(): number {
    return this.#received - this.#read;
  }

  /** Bytes that have arrived, in order or not. */
  get arrived(): number {
    return this.#ranges.reduce(
      (sum, { start, end }) => sum + end - start,
      this.#received,
    );
  }

  /** Where the last byte ends that has arrived, in order or not. */
  get reach(): number {
    return Math.max(this.#received, this.#ranges.at(-1)?.end ?? 0);
  }

  /** Hold at most `window` bytes from now on, which must be more than before. */
  widen(window: number): void {
    this.#window = window;
  }

  /** What is to be told to the sender. The end of the stream counts as one byte more, so that it is acknowledged too. */
  acknowledgement(): Acknowledgement {
    return {
      received: this.#received + (this.complete ? 1 : 0),
      limit: this.#read + this.#window + 1,
      ranges: this.#ranges.slice(0, MAX_RANGES),
    };
  }

  /**
   * Take in a piece.
   *
   * @throws {ProtocolError} If it lies outside the window or contradicts the end of the stream.
   */
  accept({ offset, payload, fin }: SegmentData): Arrival {
    const end = offset + payload.length;
    if (end > this.#read + this.#window) {
      throw new ProtocolError(
        `Cannot take stream data: it ends at ${end}, the window ends at ${
          this.#read + this.#window
        }`,
      );
    }
    const knownEnd = this.#end ?? Infinity;
    if (
      end > knownEnd ||
      (fin &&
        (end < this.reach || (this.#end !== undefined && end !== knownEnd)))
    ) {
      throw new ProtocolError(
        `Cannot take stream data: it ends at ${end}, the stream ends elsewhere`,
      );
    }
    const arrival = this.#store(offset, payload);
    if (!fin || arrival === "dropped" || this.#end !== undefined) {
      return arrival;
    }
    this.#end = end;
    return "new";
  }

  /** Take out everything that is in order. */
  read(): Uint8Array[] {
    const chunks = this.#ready;
    this.#ready = [];
    this.#read = this.#received;
    return chunks;
  }

  /** Keep what is not known yet; tells whether there was any. */
  #store(offset: number, payload: Uint8Array): Arrival {
    const piece = {
      start: Math.max(offset, this.#received),
      end: offset + payload.length,
    };
    if (piece.start >= piece.end) return "duplicate";
    const missing = missingFrom(this.#ranges, piece);
    if (missing.length === 0) return "duplicate";
    if (
      piece.start > this.#received &&
      this.#early.size + missing.length > MAX_EARLY_PIECES
    ) return "dropped";
    for (const { start, end } of missing) {
      // A copy: a part must not keep alive a whole of which the rest is known.
      const part = end - start === payload.length
        ? payload
        : payload.slice(start - offset, end - offset);
      this.#early.set(start, part);
    }
    this.#ranges = addRange(this.#ranges, piece);
    this.#connect();
    return "new";
  }

  /** Move on over pieces that connect: they are disjoint, so each one begins where the one before it ends. */
  #connect(): void {
    for (
      let piece = this.#early.get(this.#received);
      piece;
      piece = this.#early.get(this.#received)
    ) {
      this.#early.delete(this.#received);
      this.#ready.push(piece);
      this.#received += piece.length;
    }
    if (this.#ranges[0]!.end <= this.#received) this.#ranges.shift();
    if (this.#ready.length > MAX_READY_PIECES) {
      this.#ready = [concat(...this.#ready)];
    }
  }
}
